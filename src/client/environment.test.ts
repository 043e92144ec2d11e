import { describe, expect, test } from 'vitest';
import { inAppBrowserOf } from './environment.ts';
import { createSpeakingDetector, meterOf } from './voice/speaking-detector.ts';

describe('the browser', () => {
  const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko)';
  test.each([
    [`${ANDROID} Version/4.0 Chrome/120.0 Mobile Safari/537.36 KAKAOTALK 10.4.5`, 'KakaoTalk'],
    [`${ANDROID} Version/4.0 Chrome/120.0 Mobile Safari/537.36 NAVER(inapp; search; 1000; 12.1.1)`, 'NAVER'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Instagram 300.0.0', 'Instagram'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/13.0.0', 'LINE'],
    ['Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/440.0]', 'Facebook'],
    [`Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36 Chrome/120.0`, 'WebView'],
    [`${ANDROID} Chrome/120.0 Mobile Safari/537.36`, undefined],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36', undefined],
  ])('%s is inside %s', (userAgent, name) => {
    expect(inAppBrowserOf(userAgent)).toBe(name);
  });
});

describe('speaking', () => {
  test('begins after a syllable, lasts over the pauses between words, and ends', () => {
    const detector = createSpeakingDetector();
    expect(detector.add(0.1, 0)).toBe(false);
    expect(detector.add(0.1, 50)).toBe(false);
    expect(detector.add(0.1, 100)).toBe(true);
    for (let at = 150; at < 700; at += 50) expect(detector.add(0, at)).toBe(false);
    expect(detector.speaking).toBe(true);
    expect(detector.add(0, 700)).toBe(true);
    expect(detector.speaking).toBe(false);
  });

  test('a click is no speech', () => {
    const detector = createSpeakingDetector();
    for (let at = 0; at < 1_000; at += 50) detector.add(at === 500 ? 0.5 : 0.0005, at);
    expect(detector.speaking).toBe(false);
  });

  test('the meter is empty in silence and full at full scale', () => {
    expect(meterOf(0)).toBe(0);
    expect(meterOf(1)).toBe(1);
    expect(meterOf(0.03)).toBeCloseTo(0.49, 1);
  });
});
