import { Box, Text } from 'ink';

/** Lines of painted text that never wrap. */
export function Lines({ lines }: { lines: readonly string[] }) {
  const keyed = lines.map((text, row) => ({ key: String(row), text }));
  return (
    <Box flexDirection="column" flexShrink={0}>
      {keyed.map(({ key, text }) => (
        // An empty text would have no height.
        <Text key={key} wrap="truncate">
          {text === '' ? ' ' : text}
        </Text>
      ))}
    </Box>
  );
}
