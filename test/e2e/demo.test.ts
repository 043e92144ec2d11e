// `npm run demo`, as a newcomer runs it: without an AI service, and with one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, runCommand } from '../../processes/run-command.ts';
import { type OpenAiServer, startOpenAiServer } from '../support/jobs/openai-server.ts';

const AI_SETTINGS = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'STT_BASE_URL', 'STT_API_KEY'];
/** "Well under a minute" by itself; a busy machine may take longer to start processes. */
const TIMEOUT_MS = 120_000;

const runDemo = (settings: Record<string, string>) =>
  runCommand('node', ['tools/demo.ts'], {
    cwd: projectRoot,
    env: { ...Object.fromEntries(AI_SETTINGS.map((name) => [name, ''])), ...settings },
  });

describe('npm run demo', () => {
  let openAi: OpenAiServer;
  beforeAll(async () => {
    openAi = await startOpenAiServer();
    openAi.speech = ({ digest }) => [{ start: 1, end: 3, text: `Words of ${digest.slice(0, 6)}.` }];
  });
  afterAll(() => openAi.close());

  it(
    '[JB4] plays a debate and says which stages are not configured',
    async () => {
      const { exitCode, output } = await runDemo({});
      expect(exitCode, output).toBe(0);
      expect(output).toContain('"Only the host can go to the next page."');
      expect(output.match(/gaps: 0, \d+ bytes, complete/g)).toHaveLength(3);
      expect(output).toContain('3 page turns');
      expect(output).toContain('transcribe: not configured');
      expect(output).toContain('analyse: not configured');
      expect(output).toContain('its data is removed');
    },
    TIMEOUT_MS,
  );

  it(
    '[JB1] plays a debate through to transcript and report with an AI service',
    async () => {
      const { exitCode, output } = await runDemo({
        OPENAI_API_KEY: 'test-key-of-the-demo',
        OPENAI_BASE_URL: openAi.url,
      });
      expect(exitCode, output).toBe(0);
      expect(openAi.transcriptions).toHaveLength(3);
      for (const { digest } of openAi.transcriptions) expect(output).toContain(`Words of ${digest.slice(0, 6)}.`);
      expect(output).toMatch(/Report \(.+\), statements with the utterances they rest on:/);
      expect(output).toMatch(/\[u\d/);
      expect(output).not.toContain('test-key-of-the-demo');
    },
    TIMEOUT_MS,
  );
});
