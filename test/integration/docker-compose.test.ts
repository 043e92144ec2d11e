// docker-compose.yml and .env.example, without an engine: the published schema, and what it cannot know about this project.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot, runCommand } from '../../processes/run-command.ts';
import { parseConfig, SETTING_NAMES } from '../../src/compose/config.ts';
import { composeVariables, envExample, parseEnv, readCompose } from '../support/servers/compose-file.ts';

/** Set by the image, or not part of this version. */
const NOT_PASSED = ['PORT', 'HOST', 'DATA_DIR', 'WHISPER_MODEL_PATH'];
const SECRET = /SECRET|PASSWORD|KEY/;
const MADE_UP = {
  PUBLIC_URL: 'https://debate.example.org',
  TURN_URLS: 'turn:debate.example.org:3478',
  TURN_IP: '192.0.2.2',
  TURN_EXTERNAL_IP: '198.51.100.7',
};

/** What is used of it: the package's own types cannot be resolved. */
interface LintResult {
  readonly messages: readonly { readonly rule: string; readonly message: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'trialogue-compose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A .env as its own comments say how to make it. */
const filledEnv = async (): Promise<Record<string, string>> => {
  const file = join(folder, '.env');
  writeFileSync(file, envExample());
  const command = /^#\s+(for name in .+)$/m.exec(envExample())?.[1] ?? '';
  expect(command).toContain('openssl rand');
  const { exitCode, output } = await runCommand('sh', ['-c', command], { cwd: folder });
  expect(exitCode, output).toBe(0);
  return { ...parseEnv(readFileSync(file, 'utf8')), ...MADE_UP };
};

const env = await filledEnv();
const { services, networks, volumes } = readCompose(env);
const entries = Object.entries(services);
const nodes = entries.filter(([, { image }]) => image === 'trialogue');
const serverNames = nodes.map(([name]) => name).filter((name) => name !== 'worker');

/** `${name}`: what a service lacks. */
const lacking = (isLacking: (service: (typeof entries)[number][1]) => boolean): string[] =>
  entries.filter(([, service]) => isLacking(service)).map(([name]) => name);

const schemaProblems = (file: string): string[] => {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  const results: LintResult[] = linter.lintFiles([file], false);
  const messages = results.flatMap((result) => result.messages);
  return messages.filter(({ rule }) => rule.startsWith('invalid-')).map(({ message }) => message);
};

describe('docker-compose.yml', () => {
  it('keeps to the published schema', () => {
    const file = join(projectRoot, 'docker-compose.yml');
    const broken = join(folder, 'docker-compose.yml');
    writeFileSync(broken, readFileSync(file, 'utf8').replace('stop_grace_period: 20s', 'stop_grace_periods: 20s'));
    expect(schemaProblems(broken).join()).toContain('/services/server1');
    expect(schemaProblems(file)).toEqual([]);
  });

  it('has what a whole installation needs', () => {
    expect(Object.keys(services).sort()).toEqual(
      ['nginx', 'server1', 'server2', 'worker', 'postgres', 'redis', 'coturn'].sort(),
    );
    expect(services.redis?.command).toEqual(expect.arrayContaining(['--appendonly', 'yes']));
  });

  it('builds the image in one place, and fetches it from none', () => {
    expect(entries.filter(([, { build }]) => build !== undefined).map(([name]) => name)).toEqual(['server1']);
    expect(nodes.filter(([, { pull_policy }]) => pull_policy !== 'never')).toEqual([]);
  });

  it('names only networks, volumes and services that are there, and none for nothing', () => {
    const usedNetworks = entries.flatMap(([, service]) => Object.keys(service.networks));
    expect(new Set(usedNetworks)).toEqual(new Set(Object.keys(networks)));
    const sources = entries.flatMap(([, service]) => service.volumes.map((volume) => volume.split(':')[0] ?? ''));
    const named = sources.filter((source) => !source.startsWith('.'));
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
    for (const source of sources.filter((place) => place.startsWith('.')))
      expect(existsSync(join(projectRoot, source)), source).toBe(true);
    for (const [name, { depends_on }] of entries)
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(services[other], `${name} depends on ${other}`).toBeDefined();
        if (condition === 'service_healthy') expect(services[other]?.healthcheck, other).toBeDefined();
      }
  });

  it('has health checks, restarts and bounded logs everywhere', () => {
    expect(lacking(({ healthcheck }) => healthcheck === undefined)).toEqual([]);
    expect(lacking(({ restart }) => restart !== 'unless-stopped')).toEqual([]);
    expect(lacking(({ logging }) => logging?.driver !== 'local')).toEqual([]);
  });

  it('gives no service more than it needs', () => {
    expect(lacking(({ cap_drop }) => !cap_drop.includes('ALL'))).toEqual([]);
    expect(lacking(({ security_opt }) => !security_opt.includes('no-new-privileges:true'))).toEqual([]);
    const isRootUnlessTold = ({ image }: { image: string }) => !/^(trialogue|coturn\/coturn:.+)$/.test(image);
    expect(lacking((service) => isRootUnlessTold(service) && service.user === undefined)).toEqual([]);
    expect(lacking(({ ports }) => ports.length === 0)).not.toContain('nginx');
    expect(entries.filter(([, { ports }]) => ports.length > 0).map(([name]) => name)).toEqual(['nginx']);
    expect(entries.filter(([, { network_mode }]) => network_mode !== undefined).map(([name]) => name)).toEqual([
      'coturn',
    ]);
  });

  it('[ST4] gives nodes and worker more than the 10 s in which they drain', () => {
    for (const [name, service] of nodes) {
      expect(Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]), name).toBeGreaterThan(10);
      expect(service.read_only, name).toBe(true);
    }
  });

  it('sends nginx to the nodes that are there, at addresses that never change', () => {
    const listed = readFileSync(join(projectRoot, 'nginx/trialogue/nodes.conf'), 'utf8').matchAll(
      /^server (\w+):3000\b/gm,
    );
    expect([...listed].map(([, name]) => name)).toEqual(serverNames);
    const addresses = serverNames.map((name) => `${name}:${services[name]?.networks.inside?.ipv4_address}`);
    expect(services.nginx?.extra_hosts).toEqual(addresses);
    expect(new Set(addresses.map((line) => line.split(':')[1])).size).toBe(serverNames.length);
  });

  it('[ST1] starts every node with settings that are right, and leaves none out', () => {
    for (const [name, { environment }] of nodes) {
      const config = parseConfig(environment);
      expect(config.role, name).toBe(name === 'worker' ? 'worker' : 'server');
      expect(config.storageDir, name).toBe('/recordings');
    }
    expect(services.server1?.environment).toEqual(services.server2?.environment);
    const passed = new Set(nodes.flatMap(([, { environment }]) => Object.keys(environment)));
    expect(SETTING_NAMES.filter((name) => !passed.has(name))).toEqual(NOT_PASSED);
    expect([...passed].filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
  });

  it('shares each secret with those who need it, and with nobody else', () => {
    const whoHas = (value: string | undefined): string[] =>
      entries.filter(([, service]) => JSON.stringify(service).includes(`${value}`)).map(([name]) => name);
    expect(whoHas(env.TURN_SECRET)).toEqual([...serverNames, 'coturn']);
    expect(whoHas(env.POSTGRES_PASSWORD)).toEqual([...serverNames, 'worker', 'postgres']);
    expect(whoHas(env.REDIS_PASSWORD)).toEqual([...serverNames, 'redis']);
    expect(whoHas(env.AUTH_SECRET)).toEqual(serverNames);
    expect(whoHas(env.RESEARCHER_KEY)).toEqual(serverNames);
  });
});

describe('.env.example', () => {
  const example = parseEnv(envExample());

  it('names every setting and every variable of docker-compose.yml, and nothing else', () => {
    const wanted = new Set([...SETTING_NAMES, ...composeVariables().map(({ name }) => name)]);
    expect(Object.keys(example).sort()).toEqual([...wanted].sort());
    const lines = envExample().split('\n');
    for (const [index, line] of lines.entries())
      if (/^(# )?[A-Z_]+=/.test(line)) expect(lines[index - 1], line).toMatch(/^(# \S|HTTP_PORT=)/);
  });

  it('has no secret, nor has docker-compose.yml', () => {
    expect(Object.entries(example).filter(([, value]) => value !== '')).toEqual([]);
    for (const { name, operator, text } of composeVariables()) {
      expect(operator, `${name} is passed silently when it is missing`).toBeDefined();
      if (SECRET.test(name) && operator === ':-') expect(text, name).toBe('');
    }
  });

  it('offers to fill in what must be set', () => {
    const required = new Set(composeVariables().flatMap(({ name, operator }) => (operator === ':?' ? [name] : [])));
    const offered = envExample()
      .split('\n')
      .filter((line) => /^[A-Z_]+=/.test(line));
    for (const name of required) {
      expect(offered).toContain(`${name}=`);
      expect(() => readCompose({ ...env, [name]: '' })).toThrow(`${name} is missing`);
      if (SECRET.test(name)) expect(env[name], name).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
