// The client's types, from the OpenAPI document that the API's snapshot test holds. Made anew by every build: they never drift.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTypescript, { astToString } from 'openapi-typescript';

const snapshot = new URL('../../../../tests/src/snapshots/farthing__api__openapi.snap', import.meta.url);
const text = readFileSync(snapshot, 'utf8');
// An insta snapshot is YAML front matter between two lines of dashes, then the document.
const document = JSON.parse(text.slice(text.indexOf('\n---\n', 3) + 5));
// Paths and methods name the operations here; the document's names of handlers repeat across files.
for (const operations of Object.values(document.paths)) {
  for (const operation of Object.values(operations)) delete operation.operationId;
}
const tree = await openapiTypescript(document);
writeFileSync(new URL('../src/api/schema.d.ts', import.meta.url), astToString(tree));
