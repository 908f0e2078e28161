/** For streams that a caller ends by aborting: the abort is their end, not an error. */
export async function* endOnAbort<T>(
  source: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* source
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}
