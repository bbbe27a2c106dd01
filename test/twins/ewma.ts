/** A time-decayed mean that keeps every value and weighs it when asked. */
export class EwmaTwin {
  readonly #halfLifeUs: number;
  readonly values: { readonly value: number; readonly atUs: number }[] = [];

  constructor(halfLifeUs: number) {
    this.#halfLifeUs = halfLifeUs;
  }

  record(value: number, nowUs: number): void {
    this.values.push({ value, atUs: nowUs });
  }

  #weight(atUs: number, nowUs: number): number {
    return 2 ** ((atUs - nowUs) / this.#halfLifeUs);
  }

  weight(nowUs: number): number {
    return this.values.reduce((sum, { atUs }) => sum + this.#weight(atUs, nowUs), 0);
  }

  /** As of the latest value, so that nothing underflows while nothing comes. */
  get mean(): number {
    const last = Math.max(...this.values.map(({ atUs }) => atUs));
    const sum = this.values.reduce((each, { value, atUs }) => each + value * this.#weight(atUs, last), 0);
    return this.values.length === 0 ? 0 : sum / this.weight(last);
  }

  get variance(): number {
    const last = Math.max(...this.values.map(({ atUs }) => atUs));
    const mean = this.mean;
    const sum = this.values.reduce((each, { value, atUs }) => each + (value - mean) ** 2 * this.#weight(atUs, last), 0);
    return this.values.length === 0 ? 0 : sum / this.weight(last);
  }
}
