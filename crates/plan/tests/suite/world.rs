//! Objects as users write them.

use manifest::Object;
use wharf_plan::Fields;

/// Reads the objects of some YAML.
pub(crate) fn objects(yaml: &str) -> Vec<Object> {
    let (objects, problems) = manifest::read("test.yaml", yaml.as_bytes());
    assert_eq!(problems, [], "{yaml}");
    objects
}

/// Reads one live object.
pub(crate) fn live(yaml: &str) -> Fields {
    let mut objects = objects(yaml);
    assert_eq!(objects.len(), 1, "{yaml}");
    objects.remove(0).value
}
