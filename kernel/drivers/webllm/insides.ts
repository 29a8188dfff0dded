/**
 * The things of WebLLM's insides that this driver needs and WebLLM has no call for: the template an answer is rendered with,
 * to go on from a prefix; how full the KV cache is, to tell the real length of a prompt; and what of the prompt was read, which
 * WebLLM tells only at the end of an answer. Checked, as they may change with any release.
 */
import type { ChatOptions, MLCEngine } from '@mlc-ai/web-llm'

/** The part of a model's configuration that is read or set. */
export type ChatTemplate = Pick<ChatOptions, 'conv_template' | 'conv_config' | 'context_window_size'>

interface Pipeline {
  readonly filledKVCacheLength?: number
  getCurRoundPrefillTotalTokens?: () => number
}

/** @throws Error when this release of WebLLM is made differently. */
export function chatTemplate(engine: MLCEngine, modelId: string): ChatTemplate {
  const configs: unknown = Reflect.get(engine, 'loadedModelIdToChatConfig')
  const config: unknown = configs instanceof Map ? configs.get(modelId) : undefined
  if (typeof config !== 'object' || config === null) throw new Error('WebLLM does not show the model’s chat template')
  return config
}

/** What stands between the assistant's role and its answer when the answer is still to be written. */
export function replySeparator({ conv_config: own, conv_template: template }: ChatTemplate): string {
  return own?.role_empty_sep ?? template?.role_empty_sep ?? ': '
}

/**
 * Has the next answer begin with `text`, which the model then goes on from. WebLLM looks at it only when it reads a
 * conversation from its start, so `resetChat` belongs to it.
 */
export function beginReplyWith(template: ChatTemplate, text: string): void {
  template.conv_config = { ...template.conv_config, role_empty_sep: text }
}

/** Tokens in the KV cache; 0 when WebLLM does not show it. */
export function filledTokens(engine: MLCEngine, modelId: string): number {
  return pipelineOf(engine, modelId)?.filledKVCacheLength ?? 0
}

/** Tokens of the present prompt that were read, not found in the KV cache; null when WebLLM does not show it. */
export function prefilledTokens(engine: MLCEngine, modelId: string): number | null {
  return pipelineOf(engine, modelId)?.getCurRoundPrefillTotalTokens?.() ?? null
}

function pipelineOf(engine: MLCEngine, modelId: string): Pipeline | undefined {
  const pipelines: unknown = Reflect.get(engine, 'loadedModelIdToPipeline')
  return pipelines instanceof Map ? (pipelines.get(modelId) as Pipeline | undefined) : undefined
}
