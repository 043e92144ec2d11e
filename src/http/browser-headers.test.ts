import { expect, it } from 'vitest';
import { pagePolicyOf } from './browser-headers.ts';

it('[SE6] the page runs its own scripts alone, and talks to its own host', () => {
  const policy = pagePolicyOf('study.example:8443');
  expect(policy).toContain("script-src 'self' blob:;");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  expect(policy).toContain("connect-src 'self' ws://study.example:8443 wss://study.example:8443;");
  expect(pagePolicyOf('[::1]:3000')).toContain('ws://[::1]:3000');
  for (const host of [undefined, "x; script-src 'unsafe-inline'", 'a b', '']) {
    expect(pagePolicyOf(host)).toContain("connect-src 'self';");
  }
});
