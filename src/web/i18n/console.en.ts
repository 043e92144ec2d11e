// English words that researchers see.

export const consoleEn = { title: 'Research console' };
