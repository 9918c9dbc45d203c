//! Which fields each transformation touches: built-in defaults, extended by `configurations`.

use manifest::yaml::Node;

use crate::decode::{At, Rules, decode, record};
use crate::error::Error;
use crate::field_spec::{self, FieldSpec};
use crate::identity::Gvk;
use crate::kustomization::FieldSpecField;

mod defaults;
mod references;

/// The fields of all transformations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Config {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) common_annotations: Vec<FieldSpec>,
    pub(crate) name_reference: Vec<NameReference>,
    pub(crate) var_reference: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
}

/// A kind, and the fields of other kinds that hold names of its objects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NameReference {
    pub(crate) target: Gvk,
    pub(crate) referrers: Vec<FieldSpec>,
}

record! {
    /// A file of `configurations`.
    struct ConfigFile {
        name_prefix: Vec<FieldSpecField> = "namePrefix",
        name_suffix: Vec<FieldSpecField> = "nameSuffix",
        namespace: Vec<FieldSpecField> = "namespace",
        common_labels: Vec<FieldSpecField> = "commonLabels",
        labels: Vec<FieldSpecField> = "labels",
        template_labels: Vec<FieldSpecField> = "templateLabels",
        common_annotations: Vec<FieldSpecField> = "commonAnnotations",
        name_reference: Vec<NameReferenceField> = "nameReference",
        var_reference: Vec<FieldSpecField> = "varReference",
        images: Vec<FieldSpecField> = "images",
        replicas: Vec<FieldSpecField> = "replicas",
    }
}

record! {
    /// An entry of `nameReference`.
    struct NameReferenceField {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        field_specs: Vec<FieldSpecField> = "fieldSpecs",
    }
}

impl Config {
    /// The built-in fields.
    pub(crate) fn built_in() -> Self {
        defaults::config()
    }

    /// Reads a file of `configurations`.
    pub(crate) fn read(node: &Node, file: &str) -> Result<Self, Error> {
        let read: ConfigFile = decode(At::root(node, file, Rules::Known))?;
        let specs =
            |fields: &[FieldSpecField]| fields.iter().map(FieldSpecField::to_spec).collect();
        let references = read.name_reference.iter().map(|entry| NameReference {
            target: Gvk {
                group: entry.group.clone(),
                version: entry.version.clone(),
                kind: entry.kind.clone(),
            },
            referrers: specs(&entry.field_specs),
        });
        let mut config = Self {
            name_prefix: specs(&read.name_prefix),
            name_suffix: specs(&read.name_suffix),
            namespace: specs(&read.namespace),
            common_labels: specs(&read.common_labels),
            labels: specs(&read.labels),
            template_labels: specs(&read.template_labels),
            common_annotations: specs(&read.common_annotations),
            name_reference: references.collect(),
            var_reference: specs(&read.var_reference),
            images: specs(&read.images),
            replicas: specs(&read.replicas),
        };
        config.sort();
        Ok(config)
    }

    /// Adds the fields of another configuration that are not there yet.
    ///
    /// # Errors
    ///
    /// A sentence, when the same field is to be created and not to be created.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), String> {
        let lists = [
            ("namePrefix", &mut self.name_prefix, &other.name_prefix),
            ("nameSuffix", &mut self.name_suffix, &other.name_suffix),
            ("namespace", &mut self.namespace, &other.namespace),
            ("commonLabels", &mut self.common_labels, &other.common_labels),
            ("labels", &mut self.labels, &other.labels),
            ("templateLabels", &mut self.template_labels, &other.template_labels),
            ("commonAnnotations", &mut self.common_annotations, &other.common_annotations),
            ("varReference", &mut self.var_reference, &other.var_reference),
            ("images", &mut self.images, &other.images),
            ("replicas", &mut self.replicas, &other.replicas),
        ];
        for (name, mine, theirs) in lists {
            field_spec::merge(mine, theirs)
                .map_err(|reason| format!("failed to merge {name}: {reason}"))?;
        }
        for reference in &other.name_reference {
            self.merge_reference(reference)?;
        }
        self.sort();
        Ok(())
    }

    /// Adds what refers to one kind.
    pub(crate) fn merge_reference(&mut self, other: &NameReference) -> Result<(), String> {
        let mut is_known = false;
        for mine in self.name_reference.iter_mut().filter(|mine| mine.target == other.target) {
            is_known = true;
            field_spec::merge(&mut mine.referrers, &other.referrers)
                .map_err(|reason| format!("failed to merge nameReference: {reason}"))?;
        }
        if !is_known {
            self.name_reference.push(other.clone());
        }
        Ok(())
    }

    fn sort(&mut self) {
        for list in [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ] {
            field_spec::sort(list);
        }
        self.name_reference.sort_by(|a, b| field_spec::order(&a.target, &b.target));
    }
}
