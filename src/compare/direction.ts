import type { Direction } from "./comparison.ts";

/** Last words of metric names that speak for themselves; everything else is unknown, never guessed from the values. */
const higher = new Set(
  (
    "accuracy acc auc auroc auprc roc_auc pr_auc ap map map50 map50_95 map_50 mrr ndcg f1 f1_score fscore fbeta f_beta macro_f1 micro_f1 precision " +
    "recall sensitivity specificity tpr tnr r2 r2_score bleu rouge rouge1 rouge2 rougel rougelsum meteor chrf bertscore iou miou dice jaccard psnr " +
    "ssim kappa mcc matthews_corrcoef pearson spearman spearmanr pearsonr exact_match em acc_norm pass_at_1 win_rate winrate reward return " +
    "mean_reward throughput top1 top5 top_1 top_5 hit_rate balanced_accuracy explained_variance silhouette likelihood rouge_l map50_95_b map50_b log_likelihood elbo"
  ).split(" "),
);
const lower = new Set(
  (
    "loss error err inference_time inference_ms response_time ttft rmse mse mae mape smape wape rmsle msle medae latency duration runtime perplexity ppl wer cer ter fid kid lpips brier " +
    "brier_score logloss log_loss cross_entropy crossentropy nll bpb bits_per_byte ece mce fpr fnr eer hinge hamming_loss regret psi kl " +
    "kl_divergence error_rate misclassification deviance aic bic chamfer epe toxicity hallucination"
  ).split(" "),
);
/** Parts in front of or behind the telling word: the split, an average, a percentile, a unit, a cut-off. */
const filler =
  /^(?:train|training|val|valid|validation|eval|evaluation|test|dev|holdout|epoch|step|batch|total|mean|avg|average|median|macro|micro|weighted|samples|score|overall|final|best|min|max|top|p\d+|ms|us|ns|s|sec|secs|seconds|minutes|hours|k|at|\d+)$/;

export type Pins = Readonly<Record<string, Direction>>;

/**
 * Whether a larger value of a metric is better, by the last telling word of its name (`eval.by_class.recall`, `val_loss`, `latency_p99_ms`),
 * else by its own pin: `pins` holds full names, `dir/key` forms or last words.
 */
export function directionOf(name: string, pins: Pins = {}): Direction {
  const pinned = pinOf(name, pins);
  if (pinned !== undefined) return pinned;
  if (/(?:^|[^a-z0-9])(?:std|stderr|stddev|variance)(?:[^a-z0-9]|$)/i.test(name)) return "unknown";
  const segments = name
    .replaceAll(/([a-z0-9]{2})([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[./:|]/);
  for (const segment of segments.toReversed()) {
    const found = directionOfSegment(segment);
    if (found !== "unknown") return found;
    // `recall.std` says something about recall, `recall.rows` does not.
    if (!segment.split(/[^a-z0-9]+/).every((word) => word === "" || filler.test(word))) return "unknown";
  }
  return "unknown";
}

function directionOfSegment(segment: string): Direction {
  const words = segment.split(/[^a-z0-9]+/).filter((word) => word !== "");
  const bare = words.filter((word) => !filler.test(word));
  for (const candidate of [words, bare]) {
    for (let start = 0; start < candidate.length; start++) {
      const text = candidate.slice(start).join("_");
      if (lower.has(text)) return "lower";
      if (higher.has(text)) return "higher";
    }
  }
  // `latency_p99_ms` and `accuracy_top` lead with the telling word.
  const [first] = bare;
  if (first !== undefined && bare.length === 1) return lower.has(first) ? "lower" : higher.has(first) ? "higher" : "unknown";
  return "unknown";
}

function pinOf(name: string, pins: Pins): Direction | undefined {
  const wanted = name.replaceAll("/", ".");
  for (const [key, direction] of Object.entries(pins)) {
    const pin = key.replaceAll("/", ".");
    if (wanted === pin || wanted.endsWith(`.${pin}`)) return direction;
  }
  return undefined;
}
