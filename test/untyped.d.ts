/** Packages without declarations, as far as tests and benchmarks use them. */

declare module "ndarray" {
  interface NdArray<Data> {
    readonly data: Data;
    readonly shape: number[];
    readonly stride: number[];
    readonly offset: number;
    readonly dtype: string;
    readonly size: number;
    get(...place: number[]): Data extends { [index: number]: infer Value } ? Value : never;
    pick(...place: (number | null)[]): NdArray<Data>;
    lo(...place: number[]): NdArray<Data>;
    transpose(...order: number[]): NdArray<Data>;
  }
  export default function ndarray<Data>(data: Data, shape: number[], stride?: number[], offset?: number): NdArray<Data>;
}

declare module "as-bind/dist/as-bind.esm.js" {
  import type { AsBind } from "holdfast/as-bind";
  export const converters: AsBind["converters"];
  export const instantiateSync: AsBind["instantiateSync"];
}
