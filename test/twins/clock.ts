/** The core's rule for clocks that step back: less than a second back is no time passed, more is a new beginning. */
export class MonotonicTwin {
  now = 0n;
  #last = 0n;

  read(reading: bigint): bigint {
    const passed = reading - this.#last;
    if (passed > 0n) {
      this.now += passed;
      this.#last = reading;
    } else if (passed < -1_024_000_000n) this.#last = reading;
    return this.now;
  }
}
