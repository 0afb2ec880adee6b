import { describe, expect, test } from "vitest";
import { anonymousListener, subjectOf } from "../src/identity";
import { randomUuid } from "../src/uuid";
import { currentVisit } from "../src/visit";
import { FakeStorage } from "./fakes";

const plain = { doNotTrack: null } as Navigator;

describe("the anonymous listener", () => {
  test("is random and stays the same", () => {
    const storage = new FakeStorage();
    const first = anonymousListener(plain, storage);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(anonymousListener(plain, storage)).toBe(first);
    expect(anonymousListener(plain, new FakeStorage())).not.toBe(first);
  });

  test.each([{ doNotTrack: "1" }, { globalPrivacyControl: true }])(
    "is none under %o, and the old one is forgotten",
    (ask) => {
      const storage = new FakeStorage();
      const before = anonymousListener(plain, storage);
      expect(anonymousListener(ask as unknown as Navigator, storage)).toBeUndefined();
      expect(storage.length).toBe(0);
      expect(anonymousListener(plain, storage)).not.toBe(before);
    },
  );

  test("is none where nothing can be kept, rather than another one on each page", () => {
    expect(anonymousListener(plain, null)).toBeUndefined();
    expect(anonymousListener(plain, new FakeStorage(5))).toBeUndefined();
  });
});

test("an account is read from its token; what is no token is nobody", () => {
  expect(subjectOf(`h.${btoa('{"sub":"ada"}')}.s`)).toBe("ada");
  for (const bad of ["", "x", "a.b.c", `h.${btoa("{}")}.s`]) expect(subjectOf(bad)).toBeNull();
});

test("a UUID is one also where the browser has no function for it", () => {
  const { randomUUID } = crypto;
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  try {
    const made = Array.from({ length: 200 }, randomUuid);
    for (const id of made)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(made).size).toBe(200);
  } finally {
    Object.defineProperty(crypto, "randomUUID", { value: randomUUID, configurable: true });
  }
});

describe("the visit", () => {
  test("is its first page, whatever page follows", () => {
    const storage = new FakeStorage();
    const first = {
      referrer: "https://www.google.com/",
      href: "https://veza.example/t/1?utm_source=mail#part",
    };
    const visit = {
      referrer: "https://www.google.com/",
      page_url: "https://veza.example/t/1?utm_source=mail",
    };
    expect(currentVisit(first, storage)).toEqual(visit);
    expect(
      currentVisit({ referrer: "https://veza.example/t/1", href: "https://veza.example/t/2" }, storage),
    ).toEqual(visit);
  });

  test("tells no fragment, no password, and nothing the collector would refuse", () => {
    const long = `https://veza.example/t?q=${"x".repeat(3_000)}`;
    expect(currentVisit({ referrer: "", href: long }, null)).toEqual({ page_url: "https://veza.example/t" });
    expect(
      currentVisit({ referrer: `https://a.example/${"x".repeat(3_000)}`, href: "file:///song.html" }, null),
    ).toEqual({});
    expect(
      currentVisit({ referrer: "android-app://com.example/", href: "https://u:p@veza.example/#token" }, null),
    ).toEqual({
      referrer: "android-app://com.example/",
      page_url: "https://veza.example/",
    });
  });

  test("survives a storage that holds nonsense", () => {
    const storage = new FakeStorage();
    storage.setItem("veza:visit", "{");
    expect(currentVisit({ referrer: "", href: "https://veza.example/" }, storage)).toEqual({
      page_url: "https://veza.example/",
    });
  });
});
