//! Protobuf's wire format: numbered fields of four forms.
//!
//! # Source
//!
//! Protocol Buffers, "Encoding".

/// What stands on the wire for one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire<'a> {
    /// Integers and booleans.
    Number(u64),
    /// Eight bytes.
    Double(u64),
    /// Four bytes.
    Single(u32),
    /// Texts, byte strings and messages.
    Bytes(&'a [u8]),
}

impl<'a> Wire<'a> {
    /// The bytes of a text or message.
    pub(crate) fn bytes(&self) -> Result<&'a [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err("a number stands where bytes are expected".into()),
        }
    }

    /// A signed integer; what does not travel is zero.
    pub(crate) fn integer(&self) -> Result<i64, String> {
        match self {
            Self::Number(number) => Ok(number.cast_signed()),
            Self::Bytes([]) => Ok(0),
            _ => Err("something else stands where an integer is expected".into()),
        }
    }

    /// A floating-point number.
    pub(crate) fn double(&self) -> Result<f64, String> {
        match self {
            Self::Double(bits) => Ok(f64::from_bits(*bits)),
            Self::Single(bits) => Ok(f32::from_bits(*bits).into()),
            _ => Err("something else stands where a fraction is expected".into()),
        }
    }
}

/// Reads the fields of a message, in their order; ends after the first that is broken.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<(u64, Wire<'_>), String>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest);
        if field.is_none() {
            rest = &[];
        }
        Some(field.ok_or_else(|| "the body ends in the middle of a field".to_owned()))
    })
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Wire<'a>)> {
    let key = number(rest)?;
    let wire = match key & 7 {
        0 => Wire::Number(number(rest)?),
        1 => Wire::Double(u64::from_le_bytes(take(rest, 8)?.try_into().ok()?)),
        2 => {
            let length = usize::try_from(number(rest)?).ok()?;
            Wire::Bytes(take(rest, length)?)
        }
        5 => Wire::Single(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?)),
        _ => return None,
    };
    Some((key >> 3, wire))
}

/// A number of up to ten bytes, seven bits each, the lowest first.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..10 {
        let byte = take(rest, 1)?[0];
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}
