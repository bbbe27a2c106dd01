/** e^x and ln x of doubles, in fixed point with 1,400 fraction bits: enough to tell how far off any double is. */

const bits = 1_400n;
const one = 1n << bits;

/** A finite double as an exact fixed-point number; all doubles have at most 1,074 fraction bits. */
export function fixedOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const raw = view.getBigUint64(0);
  const exponent = (raw >> 52n) & 0x7ffn;
  const fraction = (raw & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const shift = (exponent === 0n ? 1n : exponent) - 1_075n + bits;
  const size = shift >= 0n ? fraction << shift : fraction >> -shift;
  return raw >> 63n === 0n ? size : -size;
}

/** 2 artanh(n / d), by its series. */
function twiceArtanh(n: bigint, d: bigint): bigint {
  const s = (n * one) / d;
  const square = (s * s) >> bits;
  let power = s;
  let sum = 0n;
  for (let odd = 1n; power !== 0n && power !== -1n; odd += 2n) {
    sum += power / odd;
    power = (power * square) >> bits;
  }
  return 2n * sum;
}

const ln2 = twiceArtanh(1n, 3n);

/** ln of a positive fixed-point number: what a shift to the right drops lies far below the last place of any double. */
export function preciseLog(x: bigint): bigint {
  const power = BigInt(x.toString(2).length - 1) - bits;
  const fraction = power >= 0n ? x >> power : x << -power;
  return power * ln2 + twiceArtanh(fraction - one, fraction + one);
}

/** e^x of a fixed-point number, |x| < 800. */
export function preciseExp(x: bigint): bigint {
  const power = x / ln2;
  const rest = x - power * ln2;
  let term = one;
  let sum = 0n;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = ((term * rest) >> bits) / n;
  }
  return power >= 0n ? sum << power : sum >> -power;
}

/** How far `got` is from the fixed-point number `exact`, in units of the last place of `got`. */
export function unitsOff(got: number, exact: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(got));
  const exponent = Number(view.getBigUint64(0) >> 52n) || 1;
  const unit = 1n << (BigInt(exponent) - 1_075n + bits);
  const difference = fixedOf(got) - exact;
  return Number(((difference < 0n ? -difference : difference) * 1_000_000n) / unit) / 1e6;
}
