//! Profile pictures: a small pattern per owner, so that two people never look alike.

use sha2::{Digest as _, Sha256};

const CELLS: usize = 5;
const CELL_PX: usize = 20;

/// A PNG of 100 × 100 pixels, the same for the same name.
pub(crate) fn png(name: &str) -> Vec<u8> {
    let hash: [u8; 32] = Sha256::digest(name).into();
    let [r, g, b, ..] = hash;
    let side = CELLS * CELL_PX;
    let mut pixels = Vec::with_capacity(side * side * 3);
    for y in 0..side {
        for x in 0..side {
            // The right half mirrors the left one.
            let column = (x / CELL_PX).min(CELLS - 1 - x / CELL_PX);
            let bit = hash.get(3 + y / CELL_PX * 3 + column).copied().unwrap_or_default();
            pixels.extend(if bit & 1 == 1 { [r / 2, g / 2, b / 2] } else { [235, 238, 242] });
        }
    }
    encode(&pixels, side).unwrap_or_default()
}

fn encode(pixels: &[u8], side: usize) -> Option<Vec<u8>> {
    let side = u32::try_from(side).ok()?;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(out)
}
