import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { HttpEnv } from './context.ts';
import { requireUtf8Address, requireUtf8Body } from './utf8.ts';

const app = new Hono<HttpEnv>();
app.use(requireUtf8Address);
app.post('/', requireUtf8Body, async (c) => c.json(await c.req.json()));
app.get('*', (c) => c.text(c.req.query('name') ?? ''));

const posted = (bytes: readonly number[]) =>
  app.request('/', {
    method: 'POST',
    body: new Uint8Array([...Buffer.from('{"a":"'), ...bytes, ...Buffer.from('"}')]),
  });

describe('[SE12] text that is not UTF-8', () => {
  it.each([
    ['ISO-8859-1', [0xe9]],
    ['EUC-KR', [0xc7, 0xd1]],
    ['a character cut off', [0xed, 0x95]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('of a body is refused and named: %s', async (_, bytes) => {
    const response = await posted(bytes);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('UTF-8');
  });

  it('of an address is refused', async () => {
    expect((await app.request('/?name=caf%E9')).status).toBe(400);
    expect((await app.request('/%C7%D1')).status).toBe(400);
  });

  it('is nothing that is UTF-8', async () => {
    expect(await (await posted([...Buffer.from('한글 é 😀')])).json()).toEqual({ a: '한글 é 😀' });
    expect(await (await app.request('/?name=caf%C3%A9')).text()).toBe('café');
  });
});
