use bundle::{Limits, PackOptions, pack, unpack};
use bytes::Bytes;
use manifest::{File, Tree};
use proptest::prelude::*;

use crate::tapes::{gzip, tar};

fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>, bool)>> {
    let segment = "[a-zA-Z0-9._ ä-]{1,40}".prop_filter("dots", |name| name != "." && name != "..");
    let path = prop::collection::vec(segment, 1..5).prop_map(|segments| segments.join("/"));
    let content = prop::collection::vec(any::<u8>(), 0..700);
    prop::collection::vec((path, content, any::<bool>()), 0..12)
}

fn tree(files: &[(String, Vec<u8>, bool)]) -> Tree {
    let mut tree = Tree::new();
    for (path, bytes, executable) in files {
        let file = File { bytes: Bytes::from(bytes.clone()), executable: *executable };
        drop(tree.insert_file(path, file));
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_packed_is_unpacked_the_same(files in files()) {
        let tree = tree(&files);
        let packed = pack(&tree, &PackOptions::default()).unwrap();
        prop_assert_eq!(unpack(&packed.layer, &Limits::default()).unwrap(), tree);
    }

    #[test]
    fn the_order_of_files_leaves_no_trace(files in files(), seed in any::<u64>()) {
        // Only files that do not collide: of two that do, the first inserted wins.
        let all = tree(&files);
        let mut kept: Vec<(&str, &File)> = all.iter().collect();
        let length = kept.len().max(1);
        kept.rotate_left(usize::try_from(seed % length as u64).unwrap());
        kept.reverse();
        let mut shuffled = Tree::new();
        for (path, file) in kept {
            shuffled.insert_file(path, file.clone()).unwrap();
        }
        let digest = |tree: &Tree| pack(tree, &PackOptions::default()).unwrap().digest;
        prop_assert_eq!(digest(&all), digest(&shuffled));
    }

    #[test]
    fn no_bytes_make_unpacking_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        drop(unpack(&bytes, &Limits::default()));
        drop(unpack(&gzip(&bytes), &Limits::default()));
    }

    #[test]
    fn no_damage_makes_unpacking_panic(
        files in files(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let packed = pack(&tree(&files), &PackOptions::default()).unwrap();
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed.layer[..]), &mut plain).unwrap();
        for (at, byte) in &hits {
            let at = at.index(plain.len());
            plain[at] = *byte;
            mend(&mut plain, at / 512 * 512);
        }
        drop(unpack(&plain, &Limits::default()));
        drop(unpack(&gzip(&plain), &Limits::default()));
    }
}

/// Makes the checksum of a damaged header right again, so that the damage is looked at.
fn mend(archive: &mut [u8], at: usize) {
    let block = &mut archive[at..at + 512];
    let blank = |at: usize, byte: u8| if (148..156).contains(&at) { b' ' } else { byte };
    let sum: u32 = block.iter().enumerate().map(|(at, byte)| u32::from(blank(at, *byte))).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn an_empty_tree_makes_a_round_trip() {
    let packed = pack(&Tree::new(), &PackOptions::default()).unwrap();
    assert!(unpack(&packed.layer, &Limits::default()).unwrap().is_empty());
    assert!(unpack(&tar(&[]), &Limits::default()).unwrap().is_empty());
}
