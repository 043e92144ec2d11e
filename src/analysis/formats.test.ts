import { describe, expect, test } from 'vitest';
import { reportOf, transcriptOf, utteranceOf } from '../../test/support/jobs/sample-transcript.ts';
import { reportMdOf } from './report-md.ts';
import { transcriptTxtOf } from './transcript-txt.ts';
import { transcriptVttOf } from './transcript-vtt.ts';

const HOSTILE = transcriptOf([
  utteranceOf('u1', 0, 'Mi>na\n<script>', 'a --> b\n\n<v Fake> & more', 1_250),
  utteranceOf('u2', 1, '  ', '안녕하세요', 3_661_007),
]);

describe('WebVTT', () => {
  test('[JB18] one cue per utterance with its id, times and a voice tag; nothing in it breaks out of its cue', () => {
    expect(transcriptVttOf(HOSTILE)).toBe(
      [
        'WEBVTT\n',
        'u1',
        '00:00:01.250 --> 00:00:02.750',
        '<v Mi&gt;na &lt;script&gt;>a --&gt; b &lt;v Fake&gt; &amp; more</v>\n',
        'u2',
        '01:01:01.007 --> 01:01:02.507',
        '<v P2>안녕하세요</v>\n',
      ].join('\n'),
    );
  });

  test('a cue always lasts, and none begins before the debate', () => {
    const vtt = transcriptVttOf(transcriptOf([{ ...utteranceOf('u1', 0, 'N', 'x', 0), fromMs: -40, toMs: -40 }]));
    expect(vtt).toContain('00:00:00.000 --> 00:00:00.001');
  });

  test('an empty transcript is a valid file', () => {
    expect(transcriptVttOf(transcriptOf([]))).toBe('WEBVTT\n');
  });
});

describe('plain text', () => {
  test('[JB18] one line per utterance under the page it began on', () => {
    expect(transcriptTxtOf(HOSTILE)).toBe(
      [
        'Transcript · 1970-01-01T00:16:40.000Z',
        '',
        '== Page 1 ==',
        '[00:00:01] Mi>na <script>: a --> b <v Fake> & more (u1)',
        '',
        '== Page 2 ==',
        '[01:01:01] P2: 안녕하세요 (u2)',
        '',
      ].join('\n'),
    );
  });

  test('says in the language of the study that it is incomplete or empty', () => {
    const text = transcriptTxtOf(transcriptOf([], { language: 'ko', status: 'incomplete' }));
    expect(text).toContain('불완전');
    expect(text).toContain('인식된 발화가 없습니다.');
  });
});

describe('report as Markdown', () => {
  test('[JB18] quotes the sources of what it says, with names and words as plain text', () => {
    const md = reportMdOf(reportOf(), HOSTILE);
    expect(md).toContain('## P1 &lt;b&gt;\\*Mina\\*&lt;/b&gt;');
    expect(md).toContain('Fewer cars. !\\[x\\](http\\://x) (u1)');
    expect(md).toContain('- **u1** 00:00:01 Mi&gt;na &lt;script&gt;: a --&gt; b &lt;v Fake&gt; &amp; more');
    expect(md).not.toContain('u2');
    expect(md).toContain('- Tokens (in / out): 10 / 5');
    expect(md).toMatch(/dropped because nothing that was said supports them: 2\n$/);
  });

  test.each([
    ['# heading', '\\# heading'],
    ['12. item', '12\\. item'],
    ['- item', '\\- item'],
    ['---', '\\---'],
    ['a|b ~~c~~ `d` \\e', 'a\\|b \\~\\~c\\~\\~ \\`d\\` \\\\e'],
    ['see www.x.org, me@x.org', 'see www\\.x.org, me\\@x.org'],
    ['3.5 of 10 (a well-known figure!).', '3.5 of 10 (a well-known figure!).'],
  ])('[JB18] %s stays text', (text, written) => {
    const md = reportMdOf(reportOf({ agreements: [{ text, utteranceIds: ['u1'] }] }), HOSTILE);
    expect(md).toContain(`\n- ${written} (u1)\n`);
  });

  test('[JB12] says that nothing could be supported, in the language of the study', () => {
    const unsupported = { supported: false, participants: [], status: 'incomplete' } as const;
    expect(reportMdOf(reportOf(unsupported), HOSTILE)).toContain('No statement could be supported');
    const korean = reportMdOf(reportOf({ ...unsupported, language: 'ko' }), HOSTILE);
    expect(korean).toContain('이 토론의 발화로 뒷받침되는 진술이 없습니다.');
    expect(korean).toContain('불완전');
  });
});
