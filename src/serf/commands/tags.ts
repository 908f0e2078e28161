import type { Command } from '../command.ts'

export type TagsRequest = {
  set?: Readonly<Record<string, string>>
  remove?: readonly string[]
}

// > {Tags: {str: str}, DeleteTags: [str]}      (a tag in both is set)
export const tags: Command<TagsRequest, void> = {
  name: 'tags',
  request: ({ set = {}, remove = [] }) => ({ Tags: set, DeleteTags: remove }),
  slowMs: 6_000,
}
