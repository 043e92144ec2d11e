import { describe, expect, it } from 'vitest';
import { obstacleOf } from './environment.ts';

const ANDROID = 'Mozilla/5.0 (Linux; Android 14; SM-S911N) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
const href = 'https://talk.example/j/ABC?x=1';
const inApp = (app: string) => ({ ok: true, problems: ['in_app_browser'] as const, inAppBrowser: app });

describe('what stands in the way of joining', () => {
  it('is nothing in a complete browser', () => {
    expect(obstacleOf({ ok: true, problems: [] }, { userAgent: ANDROID, href })).toEqual({ kind: 'none' });
  });

  it('names the https address of a page opened over plain http', () => {
    const place = { userAgent: ANDROID, href: 'http://192.168.0.7:3000/j/ABC' };
    expect(obstacleOf({ ok: false, problems: ['insecure_context', 'no_microphone_api'] }, place)).toEqual({
      kind: 'plain_http',
      secureUrl: 'https://192.168.0.7:3000/j/ABC',
    });
  });

  it('leaves KakaoTalk by its own scheme', () => {
    expect(obstacleOf(inApp('KakaoTalk'), { userAgent: IPHONE, href })).toEqual({
      kind: 'in_app',
      app: 'KakaoTalk',
      isAndroid: false,
      mayGoOn: true,
      openUrl: 'kakaotalk://web/openExternal?url=https%3A%2F%2Ftalk.example%2Fj%2FABC%3Fx%3D1',
    });
  });

  it('opens Chrome by an intent from other apps on Android', () => {
    expect(obstacleOf(inApp('Instagram'), { userAgent: ANDROID, href })).toMatchObject({
      openUrl: 'intent://talk.example/j/ABC?x=1#Intent;scheme=https;package=com.android.chrome;end',
    });
  });

  it('knows no way out of Instagram on an iPhone but copying', () => {
    expect(obstacleOf(inApp('Instagram'), { userAgent: IPHONE, href })).not.toHaveProperty('openUrl');
  });

  it('says which ability is missing', () => {
    const kindOf = (problem: 'no_microphone_api' | 'no_webrtc' | 'no_media_recorder') =>
      obstacleOf({ ok: false, problems: [problem] }, { userAgent: ANDROID, href }).kind;
    expect(kindOf('no_microphone_api')).toBe('no_microphone');
    expect(kindOf('no_webrtc')).toBe('no_voice');
    expect(kindOf('no_media_recorder')).toBe('no_recorder');
  });
});
