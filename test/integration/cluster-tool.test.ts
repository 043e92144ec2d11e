// `npm run cluster` as a person uses it: what it prints, what can be typed, and that nothing stays behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { killQuietly, processesOn } from '../../processes/process-table.ts';
import { projectRoot, runCommand } from '../../processes/run-command.ts';
import { tellSweeper } from '../../processes/tell-sweeper.ts';
import { createResearcherApi, createRoomClient, joinRoom } from '../../src/client/index.ts';
import { describeWithNginx, describeWithRedis } from '../support/describe-with-program.ts';

const TOOL = join(projectRoot, 'tools/cluster.ts');
const READY_MS = 60_000;
const TIMEOUT = { timeout: 180_000 };

const dataFolder = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-cluster-tool-')));
  tellSweeper('remove', folder);
  onTestFinished(async () => {
    for (const { pid } of processesOn(folder)) killQuietly(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    tellSweeper('forget', folder);
  });
  return folder;
};

const startTool = async (data: string) => {
  const child: ChildProcess = spawn(process.execPath, [TOOL, '--port', '0', '--data', data], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'warn' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes) => {
      output += bytes;
    });
  }
  const exited = once(child, 'exit');
  onTestFinished(() => killQuietly(child.pid ?? 0, 'SIGKILL'));
  const said = (pattern: RegExp) =>
    eventually(
      `the tool says ${pattern}`,
      () => {
        const found = pattern.exec(output);
        if (!found && child.exitCode !== null) throw new Error(`the tool has ended:\n${output}`);
        return found ?? undefined;
      },
      READY_MS,
    );
  await said(/The cluster is ready/);
  const [, url = ''] = await said(/nginx +(http:\S+)/);
  const [, key = ''] = await said(/Researcher key +(\S+)/);
  return {
    url,
    api: createResearcherApi({ serverUrl: url, key }),
    said,
    nodePid: async (node: number) => Number((await said(new RegExp(`node ${node} .* pid (\\d+)`)))[1]),
    type: (line: string) => child.stdin?.write(`${line}\n`),
    signal: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      return (await exited) as [number | null, NodeJS.Signals | null];
    },
  };
};

const commandsOn = (data: string): string[] => processesOn(data).map(({ command }) => command);

describeWithNginx('npm run cluster', () => {
  describeWithRedis('with everything found', () => {
    it(
      '[NO1] serves through nginx, goes on without a node that is killed, and leaves no process after Ctrl-C',
      TIMEOUT,
      async () => {
        const data = dataFolder();
        const tool = await startTool(data);
        const study = await tool.api.createStudy({ title: 'Tried by hand', pages: [{ title: 'One' }] });
        const [room] = (await tool.api.createRooms(study.id, {})).rooms;
        expect(room?.joinUrl).toBe(`${tool.url}/j/${room?.code}`);
        const { token } = await joinRoom({ serverUrl: tool.url, code: room?.code ?? '', nickname: 'a' });
        const client = createRoomClient({ serverUrl: tool.url, token, media: false });
        onTestFinished(() => client.close());
        client.connect();
        await eventually('somebody is in the room', () => client.state.connection === 'online');

        const pid = await tool.nodePid(1);
        tool.type('kill 1');
        await tool.said(/node 1 ended with SIGKILL\. It stays away until you type: start 1/);
        expect(commandsOn(data).length).toBeGreaterThan(4);
        expect(processesOn(data).map((one) => one.pid)).not.toContain(pid);
        for (let call = 0; call < 6; call += 1) expect((await tool.api.study(study.id)).title).toBe('Tried by hand');
        await eventually('whoever was there is there again', () => client.state.connection === 'online');

        tool.type('stop 2');
        await tool.said(/node 2: SIGSTOP sent/);
        tool.type('redis kill');
        tool.type('status');
        await tool.said(
          /redis +ended with SIGKILL.*node 1 +ended with SIGKILL.*node 2 +paused \d+.*node 3 +running \d+/s,
        );
        tool.type('cont 2');
        tool.type('redis start');
        tool.type('start 1');
        await tool.said(/node 1 is ready again/);
        tool.type('nonsense');
        await tool.said(/is ready again.*SIGSTOP: it hangs/s);
        // One that is paused is ended too.
        tool.type('stop 3');
        await tool.said(/node 3: SIGSTOP sent/);

        expect(await tool.signal('SIGINT')).toEqual([0, null]);
        expect(commandsOn(data)).toEqual([]);
        const logs = ['nginx.log', 'node-1.log', 'node-2.log', 'node-3.log', 'redis.log', 'worker.log'];
        expect(readdirSync(join(data, 'logs')).sort()).toEqual(logs);
      },
    );

    it(
      '[ST6] is followed by a start that takes up what a killed one left: its database, and nothing else',
      TIMEOUT,
      async () => {
        const data = dataFolder();
        const killed = await startTool(data);
        const study = await killed.api.createStudy({ title: 'Kept', pages: [{ title: 'One' }] });
        await killed.signal('SIGKILL');
        await eventually('only the database is left', () =>
          commandsOn(data).every((name) => name.includes('postgres')),
        );
        const next = await startTool(data);
        expect((await next.api.study(study.id)).title).toBe('Kept');
        expect(await next.signal('SIGTERM')).toEqual([0, null]);
        expect(commandsOn(data)).toEqual([]);
      },
    );
  });
});

describe('npm run cluster without what it needs', () => {
  it('lists what is missing, how to get it, and starts nothing', async () => {
    const data = dataFolder();
    const env = { NGINX: '/nowhere', REDIS_SERVER: '/nowhere' };
    const { exitCode, output } = await runCommand(process.execPath, [TOOL, '--data', data], { env });
    expect(exitCode).toBe(1);
    expect(output).toContain('A cluster needs redis-server and nginx, which are not found on PATH.');
    expect(output).toContain('apt-get install --no-install-recommends redis-server nginx');
    expect(readdirSync(data)).toEqual([]);
  });

  it('tells the options when one is wrong', async () => {
    const { exitCode, output } = await runCommand(process.execPath, [TOOL, '--nodes', '100']);
    expect(exitCode).toBe(1);
    expect(output).toContain('--nodes 100: expected a number from 1 to 9.');
    expect(output).toContain('--port 8080');
  });
});
