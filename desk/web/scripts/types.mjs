// Makes src/api/schema.ts of docs/openapi.yaml: the types of what travels, and what each address takes and answers. Comments are left
// out, so that a better wording there changes nothing here.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const target = fileURLToPath(new URL('../src/api/schema.ts', import.meta.url));
const document = parse(readFileSync(new URL('../../../docs/openapi.yaml', import.meta.url), 'utf8'));

const schemas = astToString(await openapiTS(
  { openapi: document.openapi, info: document.info, paths: {}, components: { schemas: document.components.schemas } },
  { alphabetize: true },
)).replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/[ \t]+$/gm, '').replace(/\n{2,}/g, '\n');
const components = schemas.slice(schemas.indexOf('export interface components'), schemas.indexOf('export type $defs'));

const named = (media) => {
  if (media?.['text/csv'] && media?.['application/gzip']) return 'Blob';
  const ref = media?.['application/json']?.schema?.$ref;
  return ref ? `components["schemas"]["${ref.split('/').pop()}"]` : 'undefined';
};
const routes = [];
for (const [path, item] of Object.entries(document.paths).filter(([path]) => path.startsWith('/api/')).sort(([a], [b]) => (a < b ? -1 : 1))) {
  for (const method of ['get', 'post', 'put', 'delete'].filter((m) => item[m])) {
    const operation = item[method];
    const [, success] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
    if (!success) continue; // the event stream is no request
    routes.push(`    "${method.toUpperCase()} ${path}": { body: ${named(operation.requestBody?.content)}; answer: ${named(success.content)} };`);
  }
}

const made = `// Generated from docs/openapi.yaml by npm run types; do not edit.
${components.trimEnd()}
export interface routes {
${routes.join('\n')}
}
`;
mkdirSync(fileURLToPath(new URL('.', new URL('../src/api/', import.meta.url))), { recursive: true });
let before = '';
try {
  before = readFileSync(target, 'utf8');
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
if (made !== before) writeFileSync(target, made);
