// What a person who starts the server reads first.

interface BannerFacts {
  readonly base: string;
  readonly newKey: string | undefined;
  readonly keyFile: string;
}

/** `newKey`: only when it was made at this start. `keyFile`: where it is kept. */
export const bannerOf = ({ base, newKey, keyFile }: BannerFacts): string =>
  [
    '',
    '  Trialogue is ready.',
    '',
    `  Participants join at  ${base}/`,
    `  Researcher console    ${base}/console`,
    ...(newKey === undefined ? [] : [`  Researcher key        ${newKey}`, `  (made now, kept in ${keyFile})`]),
    '',
    '  Ctrl-C stops it.',
    '',
    '',
  ].join('\n');
