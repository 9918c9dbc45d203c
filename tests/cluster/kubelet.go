package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const nodeName = "pretended"

var get = meta.GetOptions{}

// kubelet runs no containers: it writes the status that a kubelet would report.
//
// A container starts when its image can be found: images of a registry on loopback are looked up
// there, others are taken to exist. Pods of a Job succeed at once.
type kubelet struct {
	client kubernetes.Interface
}

// pretendKubelet adds a node and answers for the Pods bound to it until the context ends.
func pretendKubelet(ctx context.Context, client kubernetes.Interface) {
	k := &kubelet{client: client}
	k.join(ctx)
	bound := fields.OneTermEqualSelector("spec.nodeName", nodeName)
	pods := cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "pods", meta.NamespaceAll, bound)
	answer := func(object any) { k.answer(ctx, object.(*core.Pod)) }
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: pods,
		ObjectType:    &core.Pod{},
		// Images that were not found are looked up again as often as this.
		ResyncPeriod: time.Second,
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    answer,
			UpdateFunc: func(_, object any) { answer(object) },
		},
	})
	informer.RunWithContext(ctx)
}

func (k *kubelet) join(ctx context.Context) {
	capacity := core.ResourceList{
		core.ResourceCPU:    resource.MustParse("1000"),
		core.ResourceMemory: resource.MustParse("4Ti"),
		core.ResourcePods:   resource.MustParse("100000"),
	}
	labels := map[string]string{"kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux"}
	node := &core.Node{ObjectMeta: meta.ObjectMeta{Name: nodeName, Labels: labels}}
	node, err := k.client.CoreV1().Nodes().Create(ctx, node, meta.CreateOptions{})
	check(err)
	node.Status = core.NodeStatus{
		Capacity: capacity, Allocatable: capacity,
		Conditions: []core.NodeCondition{{
			Type: core.NodeReady, Status: core.ConditionTrue, Reason: "KubeletReady",
			LastHeartbeatTime: meta.Now(), LastTransitionTime: meta.Now(),
		}},
	}
	_, err = k.client.CoreV1().Nodes().UpdateStatus(ctx, node, meta.UpdateOptions{})
	check(err)
}

// answer writes the status that follows from what a Pod asks for.
func (k *kubelet) answer(ctx context.Context, pod *core.Pod) {
	pods := k.client.CoreV1().Pods(pod.Namespace)
	if pod.DeletionTimestamp != nil {
		now := int64(0)
		report("delete", pod, pods.Delete(ctx, pod.Name, meta.DeleteOptions{GracePeriodSeconds: &now}))
		return
	}
	status := observe(pod)
	if status == nil || reflect.DeepEqual(status, summary(pod)) {
		return
	}
	patch, err := json.Marshal(map[string]any{"status": status.patch(pod)})
	check(err)
	_, err = pods.Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, meta.PatchOptions{}, "status")
	report("patch", pod, err)
}

// state is what decides the status: the phase, and for each container why it does not run.
type state struct {
	phase   core.PodPhase
	waiting []core.ContainerStateWaiting
}

// observe finds out the state that a Pod should be in; nil once it has ended.
func observe(pod *core.Pod) *state {
	if pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed {
		return nil
	}
	s := &state{phase: core.PodRunning}
	for i, container := range pod.Spec.Containers {
		waiting := core.ContainerStateWaiting{}
		if cause := pull(container.Image); cause != "" {
			waiting.Reason = "ErrImagePull"
			waiting.Message = cause
			if statuses := pod.Status.ContainerStatuses; len(statuses) > i && statuses[i].State.Waiting != nil {
				waiting.Reason = "ImagePullBackOff"
				waiting.Message = fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", container.Image, cause)
			}
			s.phase = core.PodPending
		}
		s.waiting = append(s.waiting, waiting)
	}
	if s.phase == core.PodRunning && ofJob(pod) {
		s.phase = core.PodSucceeded
	}
	return s
}

// summary reads the state back from the status that a Pod has.
func summary(pod *core.Pod) *state {
	s := &state{phase: pod.Status.Phase}
	for _, status := range pod.Status.ContainerStatuses {
		waiting := core.ContainerStateWaiting{}
		if status.State.Waiting != nil {
			waiting = *status.State.Waiting
		}
		s.waiting = append(s.waiting, waiting)
	}
	return s
}

// patch spells the state out as a kubelet would.
func (s *state) patch(pod *core.Pod) core.PodStatus {
	now := meta.Now()
	ready := core.ConditionFalse
	if s.phase == core.PodRunning {
		ready = core.ConditionTrue
	}
	status := core.PodStatus{Phase: s.phase, HostIP: "127.0.0.1", StartTime: &now}
	if s.phase == core.PodRunning {
		status.PodIP = "10.0.1.1"
		status.PodIPs = []core.PodIP{{IP: status.PodIP}}
	}
	for _, kind := range []core.PodConditionType{core.PodInitialized, core.ContainersReady, core.PodReady} {
		condition := core.PodCondition{Type: kind, Status: ready, LastTransitionTime: now}
		if kind == core.PodInitialized {
			condition.Status = core.ConditionTrue
		}
		status.Conditions = append(status.Conditions, condition)
	}
	for i, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, core.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: container.Image,
			Ready: s.phase == core.PodRunning, State: s.container(i, now),
		})
	}
	return status
}

func (s *state) container(i int, now meta.Time) core.ContainerState {
	switch {
	case s.waiting[i].Reason != "":
		return core.ContainerState{Waiting: &s.waiting[i]}
	case s.phase == core.PodSucceeded:
		return core.ContainerState{Terminated: &core.ContainerStateTerminated{Reason: "Completed", FinishedAt: now}}
	default:
		return core.ContainerState{Running: &core.ContainerStateRunning{StartedAt: now}}
	}
}

func ofJob(pod *core.Pod) bool {
	owner := meta.GetControllerOf(pod)
	return owner != nil && owner.Kind == "Job"
}

// pull looks an image up and says why it cannot be pulled; "" when it can.
func pull(image string) string {
	host, rest, found := strings.Cut(image, "/")
	name, _, err := net.SplitHostPort(host)
	if !found || err != nil || (name != "localhost" && !net.ParseIP(name).IsLoopback()) {
		return ""
	}
	repository, reference, isDigest := strings.Cut(rest, "@")
	if !isDigest {
		repository, reference, found = strings.Cut(rest, ":")
		if !found {
			reference = "latest"
		}
	} else if tag := strings.LastIndex(repository, ":"); tag > 0 {
		repository = repository[:tag]
	}
	request, err := http.NewRequest(http.MethodHead, fmt.Sprintf("http://%s/v2/%s/manifests/%s", host, repository, reference), nil)
	if err != nil {
		return err.Error()
	}
	for _, kind := range []string{"image.manifest", "image.index"} {
		request.Header.Add("Accept", "application/vnd.oci."+kind+".v1+json")
	}
	request.Header.Add("Accept", "application/vnd.docker.distribution.manifest.v2+json")
	request.Header.Add("Accept", "application/vnd.docker.distribution.manifest.list.v2+json")
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return fmt.Sprintf("failed to pull and unpack image %q: %s", image, err)
	}
	check(response.Body.Close())
	switch response.StatusCode {
	case http.StatusOK:
		return ""
	case http.StatusNotFound:
		return fmt.Sprintf("rpc error: code = NotFound desc = failed to pull and unpack image %q: failed to resolve reference %q: %s: not found", image, image, image)
	default:
		return fmt.Sprintf("failed to resolve reference %q: unexpected status: %s", image, response.Status)
	}
}

func report(attempt string, pod *core.Pod, err error) {
	if err != nil && !errors.IsNotFound(err) {
		fmt.Fprintf(os.Stderr, "testcluster: %s %s/%s: %v\n", attempt, pod.Namespace, pod.Name, err)
	}
}
