import { expect, test } from "vitest";
import { allCases, findCase } from "../../bench/cases/index.js";
import { caseId } from "../../bench/harness/case.js";
import { highlights } from "../../bench/report/highlights.js";
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
