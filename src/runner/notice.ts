import * as v from "valibot";
import { decode } from "../core/decode.ts";
import type { Host } from "../host/host.ts";
import type { HttpRequest, HttpResponse } from "../host/http.ts";
import type { Notice } from "./supervise.ts";

/** Asks the machine's own metadata service for a notice of its end; null where the cloud has none. */
export function noticeOf(cloud: string, host: Host): ((signal: AbortSignal) => Promise<Notice | null>) | null {
  switch (cloud) {
    case "aws":
      return amazon(host);
    case "gcp":
      return google(host);
    case "azure":
      return azure(host);
    case "ali":
      return alibaba(host);
    default:
      return null;
  }
}

const words = "the cloud takes this machine back";

function ask(host: Host, request: Omit<HttpRequest, "service">): Promise<HttpResponse> {
  return host.http.request({ timeoutMs: 3_000, limitBytes: 65_536, allow: [404], service: "the metadata service", ...request });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html: two minutes. */
function amazon(host: Host) {
  const base = host.env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254";
  const schema = v.object({ action: v.string(), time: v.string() });
  let token = { value: "", until: 0 };
  return async (signal: AbortSignal): Promise<Notice | null> => {
    if (host.clock.now() >= token.until) {
      const answer = await ask(host, {
        method: "PUT",
        url: `${base}/latest/api/token`,
        headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600" },
        signal,
      });
      token = { value: answer.text(), until: host.clock.now() + 21_000_000 };
    }
    const answer = await ask(host, {
      url: `${base}/latest/meta-data/spot/instance-action`,
      headers: { "x-aws-ec2-metadata-token": token.value },
      signal,
    });
    if (answer.status === 404) return null;
    return noticeAt(Date.parse(decode(schema, answer.json(), "spot notice").time), host, 120_000);
  };
}

/** https://cloud.google.com/compute/docs/instances/create-use-spot#detect-preemption: half a minute from when it turns true. */
function google(host: Host) {
  const base = `http://${host.env.get("GCE_METADATA_HOST") ?? "metadata.google.internal"}`;
  let since: number | null = null;
  return async (signal: AbortSignal): Promise<Notice | null> => {
    const answer = await ask(host, {
      url: `${base}/computeMetadata/v1/instance/preempted`,
      headers: { "metadata-flavor": "Google" },
      signal,
    });
    if (answer.status === 404 || answer.text().trim() !== "TRUE") return null;
    since ??= host.clock.now();
    return { endsAt: since + 45_000, words };
  };
}

/** https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events: half a minute at least. */
function azure(host: Host) {
  const base = host.env.get("CML_AZURE_METADATA_ENDPOINT") ?? "http://169.254.169.254";
  const schema = v.object({ Events: v.array(v.object({ EventType: v.string(), NotBefore: v.optional(v.string(), "") })) });
  return async (signal: AbortSignal): Promise<Notice | null> => {
    const answer = await ask(host, {
      url: `${base}/metadata/scheduledevents?api-version=2020-07-01`,
      headers: { metadata: "true" },
      signal,
    });
    if (answer.status === 404) return null;
    const event = decode(schema, answer.json(), "scheduled events").Events.find(
      ({ EventType }) => EventType === "Preempt" || EventType === "Terminate",
    );
    return event === undefined ? null : noticeAt(Date.parse(event.NotBefore), host, 30_000);
  };
}

/** https://www.alibabacloud.com/help/ecs/user-guide/query-the-interruption-events-of-preemptible-instances: five minutes. */
function alibaba(host: Host) {
  const base = host.env.get("CML_ALI_METADATA_ENDPOINT") ?? "http://100.100.100.200";
  return async (signal: AbortSignal): Promise<Notice | null> => {
    const answer = await ask(host, { url: `${base}/latest/meta-data/instance/spot/termination-time`, signal });
    return answer.status === 404 ? null : noticeAt(Date.parse(answer.text().trim()), host, 300_000);
  };
}

/** A time that cannot be read counts from its first sight. */
function noticeAt(time: number, host: Host, otherwiseMs: number): Notice {
  return { endsAt: Number.isFinite(time) ? time : host.clock.now() + otherwiseMs, words };
}
