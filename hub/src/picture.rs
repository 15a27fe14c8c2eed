//! Owns what a picture's first bytes say: its real type and its size in pixels. Decodes nothing.
//!
//! Invariant: a type is told by content alone, never by a name; a picture that would be a bomb to decode is refused.

/// No side of a picture is longer.
const MOST_SIDE: u32 = 20_000;
/// No picture has more pixels.
const MOST_PIXELS: u64 = 120_000_000;

/// Type and size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
}

/// Why a file is not a picture that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPicture {
    #[error("neither PNG nor JPEG")]
    OtherType,
    #[error("the picture's head is damaged")]
    Damaged,
    #[error("more pixels than the hub takes")]
    TooManyPixels,
}

/// Looks at a file's content.
pub fn examine(bytes: &[u8]) -> Result<Picture, NotAPicture> {
    let picture = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        examine_png(bytes)?
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        examine_jpeg(bytes)?
    } else {
        return Err(NotAPicture::OtherType);
    };
    if picture.width == 0 || picture.height == 0 {
        return Err(NotAPicture::Damaged);
    }
    let pixels = u64::from(picture.width) * u64::from(picture.height);
    if picture.width > MOST_SIDE || picture.height > MOST_SIDE || pixels > MOST_PIXELS {
        return Err(NotAPicture::TooManyPixels);
    }
    Ok(picture)
}

fn examine_png(bytes: &[u8]) -> Result<Picture, NotAPicture> {
    let head = bytes.get(8..33).ok_or(NotAPicture::Damaged)?;
    if head[..8] != *b"\0\0\0\x0dIHDR" || !bytes.windows(4).any(|word| word == b"IDAT") {
        return Err(NotAPicture::Damaged);
    }
    // a file that was cut off has no end
    if bytes.get(bytes.len().saturating_sub(12)..).is_none_or(|end| end[4..8] != *b"IEND") {
        return Err(NotAPicture::Damaged);
    }
    let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    Ok(Picture { media_type: "image/png", width: number(8), height: number(12) })
}

fn examine_jpeg(bytes: &[u8]) -> Result<Picture, NotAPicture> {
    let mut at = 2;
    loop {
        let marker = match bytes.get(at..at + 2) {
            Some([0xff, 0xff]) => {
                at += 1;
                continue;
            }
            Some([0xff, marker]) => *marker,
            _ => return Err(NotAPicture::Damaged),
        };
        let length = match bytes.get(at + 2..at + 4) {
            Some([high, low]) => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err(NotAPicture::Damaged),
        };
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let frame = bytes.get(at + 4..at + 4 + 5).ok_or(NotAPicture::Damaged)?;
            let (height, width) = (u16::from_be_bytes([frame[1], frame[2]]), u16::from_be_bytes([frame[3], frame[4]]));
            return Ok(Picture { media_type: "image/jpeg", width: width.into(), height: height.into() });
        }
        // the scan begins, or there are no markers of this kind: no frame before it
        if length < 2 || matches!(marker, 0xd8..=0xda) {
            return Err(NotAPicture::Damaged);
        }
        at += 2 + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 1, 2, 3, 4]);
        bytes.extend(b"\0\0\0\x01IDATx\0\0\0\0\0\0\0\0IEND\0\0\0\0");
        bytes
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 11, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend([1, 1, 0x11, 0]);
        bytes
    }

    #[test]
    fn type_and_size_come_from_the_content() {
        assert_eq!(examine(&png(640, 480)), Ok(Picture { media_type: "image/png", width: 640, height: 480 }));
        assert_eq!(examine(&jpeg(640, 480)), Ok(Picture { media_type: "image/jpeg", width: 640, height: 480 }));
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_is_refused() {
        let cut = png(640, 480);
        for (bytes, reason) in [
            (b"".to_vec(), NotAPicture::OtherType),
            (b"%PDF-1.7".to_vec(), NotAPicture::OtherType),
            (b"MZ\x90\0".to_vec(), NotAPicture::OtherType),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), NotAPicture::OtherType),
            (cut[..20].to_vec(), NotAPicture::Damaged),
            (cut[..cut.len() - 1].to_vec(), NotAPicture::Damaged),
            (png(0, 10), NotAPicture::Damaged),
            (png(20_001, 1), NotAPicture::TooManyPixels),
            (png(19_000, 19_000), NotAPicture::TooManyPixels),
            (jpeg(640, 480)[..12].to_vec(), NotAPicture::Damaged),
            (vec![0xff, 0xd8, 0xff, 0xda, 0, 2], NotAPicture::Damaged),
            (jpeg(0, 480), NotAPicture::Damaged),
        ] {
            assert_eq!(examine(&bytes), Err(reason), "{bytes:?}");
        }
    }
}
