/** Where results go, so that no compiler can prove that nobody wants them. */
export const sink: { value: unknown; readonly slots: unknown[] } = { value: 0, slots: new Array(16).fill(undefined) };
