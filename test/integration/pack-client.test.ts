// The client as others get it: packed, installed from the file into an empty folder, used by JavaScript and by TypeScript.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, runCommand } from '../../processes/run-command.ts';

const SECONDS = 1_000;
const TYPE_CHECK = [
  ...['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom'],
  ...['--types', ''],
];
const folder = mkdtempSync(join(tmpdir(), 'trialogue-client-'));
const installed = join(folder, 'node_modules/@trialogue/client');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const succeed = async (command: string, args: readonly string[], cwd: string): Promise<string> => {
  const { exitCode, output } = await runCommand(command, args, { cwd });
  expect(exitCode, output).toBe(0);
  return output;
};

describe('npm run pack:client', () => {
  beforeAll(async () => {
    const output = await succeed('node', ['tools/pack-client.ts', folder], projectRoot);
    const tarball = output.trim().split('\n').at(-1) ?? '';
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder);
  }, 120 * SECONDS);

  it('holds the client and the protocol, and nothing of the server', () => {
    const top = readdirSync(installed).sort();
    expect(top).toEqual(['LICENSE', 'README.md', 'client', 'package.json', 'protocol']);
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files).toContain(join('client', 'index.js'));
    expect(files).toContain(join('client', 'index.d.ts'));
    expect(files.filter((file) => /\.test\.|app-error|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it('[CL10] asks for no package of the server', () => {
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies).sort()).toEqual(['socket.io-client', 'zod']);
    expect(readdirSync(join(folder, 'node_modules'))).not.toContain('hono');
  });

  it('[CL10] can be imported in Node', async () => {
    writeFileSync(
      join(folder, 'use.js'),
      `import * as client from '@trialogue/client';
       const names = ['joinRoom', 'createRoomClient', 'createMicrophone', 'createResearcherApi', 'createId', 'checkEnvironment'];
       console.log(names.every((name) => typeof client[name] === 'function') ? 'all there' : Object.keys(client).join());`,
    );
    expect(await succeed('node', ['use.js'], folder)).toContain('all there');
  });

  it(
    'brings its types along',
    async () => {
      writeFileSync(
        join(folder, 'use.ts'),
        `import { createRoomClient, joinRoom, type RoomClientState } from '@trialogue/client';
         const joined = await joinRoom({ serverUrl: 'https://debate.example.org', code: 'ABC', nickname: 'Ada' });
         const client = createRoomClient({ serverUrl: 'https://debate.example.org', token: joined.token });
         client.on('change', (state: RoomClientState) => { const phase: string | undefined = state.room?.phase; void phase; });
         // @ts-expect-error A page is a number or a direction.
         void client.turnPage({});`,
      );
      await succeed('tsc', [...TYPE_CHECK, 'use.ts'], folder);
    },
    60 * SECONDS,
  );

  it(
    'fits the example in the README',
    async () => {
      const [, example = ''] = /```js\n(.+?)```/s.exec(readFileSync(join(projectRoot, 'README.md'), 'utf8')) ?? [];
      expect(example).toContain('createRoomClient');
      writeFileSync(join(folder, 'example.js'), example);
      // What the example leaves to the reader's own page.
      writeFileSync(
        join(folder, 'page.d.ts'),
        `declare function draw(state: import('@trialogue/client').RoomClientState): void;
         declare function showPage(page: number): void;
         declare function audioElementOf(participantId: string): HTMLAudioElement;
         declare function say(text: string): void;`,
      );
      await succeed('tsc', [...TYPE_CHECK, '--allowJs', '--checkJs', 'example.js', 'page.d.ts'], folder);
    },
    60 * SECONDS,
  );
});
