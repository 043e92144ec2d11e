// `npm run pack:client [FOLDER]`: compiles src/client with what it needs of src/protocol into dist/client, gives it a
// package.json of its own, and packs it. Only files that the client's index.ts reaches are compiled, so nothing of the server.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot, runCommand } from '../processes/run-command.ts';

const OUTPUT = join(projectRoot, 'dist/client');
const README = `# @trialogue/client

The client SDK of Trialogue: join a room, follow it on the room clock, talk, record, upload. No framework in it; runs in
browsers, and without media in Node >= 20. See "Your own front end" in the README of the project.
`;

const run = async (command: string, args: readonly string[], cwd?: string): Promise<string> => {
  const { exitCode, output } = await runCommand(command, args, cwd === undefined ? {} : { cwd });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
  return output;
};

const compile = async (): Promise<void> => {
  const config = join(OUTPUT, 'tsconfig.json');
  const settings = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      declaration: true,
      outDir: '.',
      rootDir: '../../src',
      types: [],
      allowImportingTsExtensions: false,
    },
    files: ['../../src/client/index.ts'],
    include: [],
  };
  writeFileSync(config, JSON.stringify(settings));
  await run('tsc', ['-p', config]);
  rmSync(config);
};

/** Packages that the compiled code or its declarations import, with the versions that this project uses. */
const dependencies = (): Record<string, string> => {
  const own = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const versions: Record<string, string> = { ...own.devDependencies, ...own.dependencies };
  const found: Record<string, string> = {};
  for (const entry of readdirSync(OUTPUT, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"]([^.'"][^'"]*)['"]/g)) {
      const version = versions[name];
      if (version === undefined) throw new Error(`${entry.name} imports "${name}", which package.json does not name`);
      found[name] = version;
    }
  }
  return found;
};

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
await compile();
const { version, license } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
const manifest = {
  name: '@trialogue/client',
  version,
  description: 'Client SDK of Trialogue: synchronized voice debates for research.',
  license,
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20' },
  exports: { '.': { types: './client/index.d.ts', default: './client/index.js' } },
  files: ['client', 'protocol'],
  dependencies: dependencies(),
};
writeFileSync(join(OUTPUT, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
writeFileSync(join(OUTPUT, 'README.md'), README);
writeFileSync(join(OUTPUT, 'LICENSE'), readFileSync(join(projectRoot, 'LICENSE'), 'utf8'));
const target = resolve(process.argv[2] ?? join(projectRoot, 'dist'));
await run('npm', ['pack', '--pack-destination', target, '--loglevel=error'], OUTPUT);
console.log(join(target, `trialogue-client-${version}.tgz`));
