// Entry for workerd: `workerd test` calls `test()`, and fails when it throws.
import { smoke } from "./smoke.mjs";

export default {
  async test() {
    console.log(JSON.stringify(await smoke()));
  },
};
