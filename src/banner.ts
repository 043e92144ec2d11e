// What a person who starts the server reads first.

/** `newKey`: only when it was made at this start. */
export const bannerOf = ({ base, newKey }: { readonly base: string; readonly newKey: string | undefined }): string =>
  [
    '',
    '  Trialogue is ready.',
    '',
    `  Participants join at  ${base}/`,
    `  Researcher console    ${base}/console`,
    ...(newKey === undefined
      ? []
      : [`  Researcher key        ${newKey}`, '  (made now, kept in DATA_DIR/researcher-key)']),
    '',
    '  Ctrl-C stops it.',
    '',
    '',
  ].join('\n');
