import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactor } from "../../ts/errors/index.js";
import { hostile } from "./hostile.js";

const { text, data } = redactor();
const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----";

describe("texts", () => {
  test.each([
    ["connect postgres://ada:hunter2@db:5432/x", "connect postgres://[redacted]@db:5432/x"],
    ["postgres://ada:hun/ter2@db/x failed", "postgres://[redacted]@db/x failed"],
    ["GET https://a.b/c?page=2&access_token=abc#top", "GET https://a.b/c?page=2&access_token=[redacted]"],
    ["Authorization: Basic YWRhOjE4MTU=", "Authorization: [redacted]"],
    ["sent Bearer abc.def-123 to it", "sent Bearer [redacted] to it"],
    ["sent Basic YWRhOjE4MTU= to it", "sent Basic [redacted] to it"],
    ["Cookie: sid=1; theme=dark\nHost: x", "Cookie: [redacted]\nHost: x"],
    ['{"password":"a \\"quoted\\" one","user":"ada"}', '{"password":"[redacted]","user":"ada"}'],
    ['{\\"apiKey\\":\\"k-1\\"}', '{\\"apiKey\\":\\"[redacted]\\"}'],
    ["X-Api-Key=k1, client_secret = s2", "X-Api-Key=[redacted], client_secret = [redacted]"],
    ["jwt eyJhbGciOiJIUzI1.eyJzdWIiOiIx.SflKxwRJ end", "jwt [redacted] end"],
    [`key ${pem} end`, "key [redacted] end"],
    ["pushed with ghp_0123456789abcdefABCD", "pushed with [redacted]"],
  ])("%s", (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  test.each([
    "connect ECONNREFUSED 127.0.0.1:5432",
    "see https://example.com:8080/a/@scope/pkg?page=2",
    "basic authentication is off",
    "Unexpected token } in JSON at position 3",
    "the bearer",
  ])("%s stays", (given) => {
    expect(text(given)).toBe(given);
  });

  test("no secret comes through, wherever it stands, and a clean text is clean", () => {
    const secret = fc.stringMatching(/^[a-z]{4}[A-Z0-9]{8}[a-z]{4}$/);
    const frame = fc.constantFrom(
      (s: string) => `password=${s}`,
      (s: string) => `"refreshToken" : "${s}"`,
      (s: string) => `https://u:${s}@h/`,
      (s: string) => `?api-key=${s}&x=1`,
      (s: string) => `Bearer ${s}`,
      (s: string) => `set-cookie: ${s}; path=/`,
    );
    fc.assert(
      fc.property(secret, frame, fc.string(), fc.string(), (hidden, inFrame, before, after) => {
        const once = text(`${before} ${inFrame(hidden)} ${after}`);
        expect(once).not.toContain(hidden);
      }),
    );
  });

  test("a second look changes nothing", () => {
    const words = fc.array(
      fc.constantFrom(
        "password",
        "=",
        ":",
        " ",
        '"',
        "Bearer",
        "x1",
        "://",
        "@",
        "/",
        "cookie",
        "\n",
        "[redacted]",
        "]",
        "\\",
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(words, (parts) => {
        const once = text(parts.join(""));
        expect(text(text(once))).toBe(text(once));
      }),
    );
  });

  test("a text made to be slow is not: looking back for each character would take minutes", () => {
    for (const part of ["a://b:c/", "password=", 'token:"', "Bearer ", "eyJ.", "-----BEGIN ", "@:/", "token"]) {
      expect(text(part.repeat(100_000)).length).toBeGreaterThan(0);
    }
  });
});

describe("data", () => {
  test("values of secret names go, flags and absences stay", () => {
    expect(data({ user: "ada", apiKey: "k", nested: { "Set-Cookie": ["a"] }, hasToken: true, token: null })).toEqual({
      user: "ada",
      apiKey: "[redacted]",
      nested: { "Set-Cookie": "[redacted]" },
      hasToken: true,
      token: null,
    });
    expect(redactor({ secret: ["iban"], allow: ["tokenBucket"] }).data({ IBAN: "DE", tokenBucket: 5 })).toEqual({
      IBAN: "[redacted]",
      tokenBucket: 5,
    });
  });

  test.each(Object.entries(hostile))("takes %s", (_, make) => {
    const copied = data({ it: make() });
    expect(JSON.parse(JSON.stringify(copied))).toEqual(copied);
    expect(structuredClone(copied)).toEqual(copied);
  });

  test("whatever goes in, JSON and structuredClone give back what came out", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          const copied = data(value);
          expect(JSON.parse(JSON.stringify(copied))).toEqual(copied);
          expect(structuredClone(copied)).toEqual(copied);
        },
      ),
    );
  });
});
