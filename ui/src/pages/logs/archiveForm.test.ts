import { expect, it } from "vitest";
import { destinationOf, fieldsOf, scanLimit } from "./archiveForm";

const STORED = {
  type: "s3" as const,
  bucket: "logs",
  integration: { account_id: "1", role_name: "writer" },
  storage_class: "STANDARD",
  encryption: { type: "NO_OVERRIDE" as const },
};

it("changes nothing of a stored destination that the fields leave as it is", () => {
  expect(destinationOf(STORED, fieldsOf(STORED))).toStrictEqual(STORED);
  const encrypted = { ...STORED, path: "web", encryption: { type: "SSE_KMS" as const, key: "k" } };
  expect(destinationOf(encrypted, fieldsOf(encrypted))).toStrictEqual(encrypted);
});

it("changes what the fields change", () => {
  const fields = { ...fieldsOf(STORED), path: "web", storageClass: "GLACIER_IR" };
  expect(destinationOf(STORED, fields)).toEqual({ ...STORED, path: "web", storage_class: "GLACIER_IR" });
  const kms = { ...fieldsOf(STORED), encryption: "SSE_KMS" as const, key: " k " };
  const encrypted = destinationOf(STORED, kms);
  expect(encrypted.encryption).toEqual({ type: "SSE_KMS", key: "k" });
  expect(destinationOf(encrypted, { ...kms, key: "other" }).encryption?.key).toBe("other");
  expect(destinationOf(encrypted, { ...kms, encryption: "SSE_S3" }).encryption).toEqual({ type: "SSE_S3" });
  expect(destinationOf(encrypted, { ...kms, encryption: "NO_OVERRIDE" }).encryption).toBeUndefined();
});

it("makes a new destination", () => {
  expect(destinationOf(undefined, { ...fieldsOf(undefined), bucket: "logs", path: "web" })).toEqual({
    type: "s3",
    bucket: "logs",
    path: "web",
    integration: { access_key_id: "server" },
  });
});

it("reads the largest scan, and refuses what is no whole number of gigabytes", () => {
  expect(["", "  ", "10", " 10 ", "2147483647"].map(scanLimit)).toEqual([
    undefined,
    undefined,
    10,
    10,
    2147483647,
  ]);
  for (const text of ["10 GB", "1,000", "1e3", "-1", "0", "1.5", "2147483648"])
    expect(scanLimit(text)).toBe(null);
});
