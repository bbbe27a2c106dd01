import * as reservoir from "../sampling/reservoir";

export { loadState as reservoirLoad, saveState as reservoirSave } from "../memory/snapshot";
export {
  reservoirAbsorb, reservoirAddOffered, reservoirInit, reservoirOffer, reservoirSize, reservoirSlot,
} from "../sampling/reservoir";

export function reservoirRead(at: usize, what: u32): f64 {
  return <f64>reservoir.reservoirRead(at, what);
}
