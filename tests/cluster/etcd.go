package main

import (
	"flag"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
)

// etcd serves one member without fsync: the data of a test may be lost, its time may not.
func etcd() {
	data := flag.String("data-dir", "", "folder of the data")
	client := flag.String("client-url", "http://127.0.0.1:2379", "where clients connect")
	peer := flag.String("peer-url", "http://127.0.0.1:2380", "where peers would connect")
	flag.Parse()

	config := embed.NewConfig()
	config.Name = "test"
	config.Dir = *data
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = urls(*client), urls(*client)
	config.ListenPeerUrls, config.AdvertisePeerUrls = urls(*peer), urls(*peer)
	config.InitialCluster = config.InitialClusterFromName(config.Name)

	member, err := embed.StartEtcd(config)
	check(err)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	select {
	case <-stop:
		member.Close()
	case err := <-member.Err():
		fail(err)
	}
}

func urls(text string) []url.URL {
	parsed, err := url.Parse(text)
	check(err)
	return []url.URL{*parsed}
}
