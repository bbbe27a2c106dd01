import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allElsewhere } from "../../bench/cases/elsewhere.js";
import { allCases, findCase } from "../../bench/cases/index.js";
import { caseId } from "../../bench/harness/case.js";
import { highlights } from "../../bench/report/highlights.js";
import { versionInPom, versionsInGoMod } from "../../bench/report/machine.js";
import { targets } from "../../bench/targets.js";

test("every case has a name of its own, and groups stay together", async () => {
  const cases = await allCases();
  const ids = cases.map(caseId);
  expect(new Set(ids).size).toBe(ids.length);
  const changes = cases.filter((one, index) => one.group !== cases[index - 1]?.group).length;
  expect(changes).toBe(new Set(cases.map(({ group }) => group)).size);
});

test("every target names a case", async () => {
  const ids = new Set((await allCases()).map(caseId));
  for (const { id, bound } of targets) {
    expect(ids).toContain(id);
    if (bound.peer !== undefined) expect(ids).toContain(bound.peer.id);
  }
});

test("a case is found by its name, the core's included", async () => {
  for (const one of await allCases()) expect(caseId(await findCase(caseId(one)))).toBe(caseId(one));
  await expect(findCase("breaker, closed/nobody")).rejects.toThrow('there is no case "breaker, closed/nobody"');
});

test("every highlight names cases", async () => {
  const ids = new Set((await allCases()).map(caseId));
  for (const { group, own, peers } of highlights) {
    for (const subject of [own, ...peers]) expect(ids).toContain(caseId({ group, subject }));
  }
});

test("every peer in another language has a name of its own, and stands beside a row of ours", async () => {
  const ids = (await allCases()).filter(({ elsewhere }) => elsewhere === undefined).map(caseId);
  const theirs = allElsewhere.map(caseId);
  expect(new Set([...ids, ...theirs]).size).toBe(ids.length + theirs.length);
  for (const { group, elsewhere } of allElsewhere)
    expect(ids).toContain(caseId({ group, subject: elsewhere!.nearest }));
});

test("every peer in another language shows the version that is built", () => {
  const versions = {
    ...versionsInGoMod(readFileSync("bench/go/go.mod", "utf8")),
    ...versionInPom(readFileSync("bench/jvm/pom.xml", "utf8")),
  };
  for (const { package: name } of allElsewhere)
    if (name !== undefined) expect(versions[name]).toMatch(/^\d+\.\d+\.\d+$/);
});
