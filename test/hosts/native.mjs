// The native addon of the installed package, over memory of its own and over a file. The last line of stdout is the result.
import { fileURLToPath } from "node:url";
import { createFullRuntime } from "holdfast/core";
import { selfTest } from "holdfast/core/self-test";
import { nativeCore, processRuntime } from "holdfast/native";

const own = selfTest(createFullRuntime({ module: nativeCore() }));
const file = processRuntime({ file: fileURLToPath(new URL("shared", import.meta.url)) });
const shared = selfTest(file);
file.leave();
if (JSON.stringify(shared.digests) !== JSON.stringify(own.digests)) throw new Error("the file decides differently");
console.log(JSON.stringify(own));
