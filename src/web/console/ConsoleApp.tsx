export const ConsoleApp = ({ parts }: { parts: readonly string[] }) => <p>{parts.join('/')}</p>;
