export interface Ink {
  readonly render: typeof import('ink').render;
  readonly createElement: typeof import('react').createElement;
}

/**
 * Ink, React and the components that need them: loaded only where a screen is drawn, since that takes some 200 ms.
 * @param loadScreen imports the components
 */
export async function loadInk<S>(
  loadScreen: () => Promise<S>,
): Promise<{ readonly ink: Ink; readonly screen: S }> {
  const restore = setDuringLoad({
    // React's development build is slower and notes every render in Node's performance timeline, which grows without end.
    NODE_ENV: 'production',
    // Whether a screen can be drawn has been decided; Ink would look at these by rules of its own.
    CI: undefined,
    CONTINUOUS_INTEGRATION: undefined,
    DEV: undefined,
  });
  try {
    const [ink, screen] = await Promise.all([import('./ink-and-react.js'), loadScreen()]);
    return { ink, screen };
  } finally {
    restore();
  }
}

/** These packages read the environment once, while they load. */
function setDuringLoad(values: Record<string, string | undefined>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(values)) setVariable(name, value);
  return () => {
    for (const [name, value] of before) setVariable(name, value);
  };
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
