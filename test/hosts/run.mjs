// Entry for hosts with a command line: Node, Deno, Bun. The last line of stdout is the result.
import { dashboardPage } from "holdfast/dashboard";
import { smoke } from "./smoke.mjs";

if (!dashboardPage().html.startsWith("<!doctype html>")) throw new Error("the dashboard's page is no document");
console.log(JSON.stringify(await smoke()));
