// CommonJS: require() of this ES module is typed, and gives its named exports.
import holdfast = require("holdfast");
import core = require("holdfast/core");
import gateway = require("holdfast/gateway");
import resilience = require("holdfast/resilience");

import { retry } from "holdfast";

const policy: holdfast.RetryPolicy = retry({ attempts: 2 });
const answer: Promise<number> = policy.execute(() => 7);
export = { core, gateway, resilience, answer };
