//! CRC-32C (Castagnoli), bit by bit: it is taken of 120 bytes when a file is opened.

/// The polynomial, reflected (RFC 3720, appendix B.4).
const POLYNOMIAL: u32 = 0x82f6_3b78;

pub fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (POLYNOMIAL & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn has_the_check_value_of_the_catalogue() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
