// Writes dist.sha256: what the page was built of, and what came out. A Go test compares it with the files, so that nobody needs Node to
// find out that the built page is not the one of the sources. The format is that of sha256sum.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['src', 'public', 'scripts', 'dist'];
const files = ['index.html', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts'];

for (const folder of folders) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.name.endsWith('.test.ts')) files.push(join(entry.parentPath ?? entry.path, entry.name).slice(root.length));
  }
}
const lines = files.sort().map((file) => `${createHash('sha256').update(readFileSync(join(root, file))).digest('hex')}  ${file}\n`);
writeFileSync(join(root, 'dist.sha256'), lines.join(''));
