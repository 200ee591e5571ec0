/** One environment variable: what it is for, and how its text is read. */
export interface Variable {
  readonly purpose: string;
  readonly kind: "text" | "flag" | "number" | "list" | "path" | "url";
  readonly secret?: true;
  /** Handed on to the programs we start. */
  readonly child?: true;
  readonly oldNames?: readonly string[];
}

const text = (purpose: string) => ({ purpose, kind: "text" }) as const;
const flag = (purpose: string) => ({ purpose, kind: "flag" }) as const;
const number = (purpose: string) => ({ purpose, kind: "number" }) as const;
const path = (purpose: string) => ({ purpose, kind: "path" }) as const;
const url = (purpose: string) => ({ purpose, kind: "url" }) as const;
const secret = (purpose: string) => ({ purpose, kind: "text", secret: true }) as const;
const child = (purpose: string) => ({ purpose, kind: "text", child: true }) as const;

/**
 * All variables, made by the first look into them: making the table costs a fifth of an empty program's start, and most starts need none of it
 * (`mayBeSecret`, `mayHaveOldName`).
 */
export function register(): Register {
  return (made ??= table());
}

let made: Register | undefined;

/** Every secret variable has such a name; what has none is not looked up. */
export const mayBeSecret = /TOKEN|SECRET|KEY|PASS|CREDENTIALS|CONNECTION_STRING|CONFIGURATION|PRIVATE|ACCESS/i;
/** Every variable with older names has such a name. */
export const mayHaveOldName = /TOKEN|PROXY|PROFILE|ACCOUNT/i;

/**
 * Every environment variable that this program reads, apart from `CML_<COMMAND>_<OPTION>` and `CML_<OPTION>`, which follow from the options.
 * Help, the reference page and the redactor are made from it.
 */
const table = () =>
  ({
    // Tokens
    CML_TOKEN: { ...secret("token for the forge"), oldNames: ["CML_DRIVER_TOKEN"] },
    REPO_TOKEN: { ...secret("token for the forge, any kind"), oldNames: ["repo_token"] },
    GITHUB_TOKEN: secret("token for GitHub, and for Gitea and Forgejo Actions"),
    GH_TOKEN: secret("token for GitHub, as the gh program reads it"),
    GH_ENTERPRISE_TOKEN: secret("token for GitHub Enterprise Server"),
    GITHUB_ENTERPRISE_TOKEN: secret("token for GitHub Enterprise Server"),
    GITEA_TOKEN: secret("token for Gitea"),
    FORGEJO_TOKEN: secret("token for Forgejo"),
    GITLAB_TOKEN: secret("token for GitLab"),
    CI_JOB_TOKEN: secret("GitLab's own token of the job; may read, may not comment"),
    BITBUCKET_TOKEN: secret("token for Bitbucket"),
    SYSTEM_ACCESSTOKEN: secret("token for Azure DevOps, mapped into the job"),
    ACTIONS_RUNTIME_TOKEN: secret("the job's own token for artefacts and caches; only redacted"),
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret("token for requesting an identity token of the job"),
    BITBUCKET_STEP_OIDC_TOKEN: secret("identity token of the step, exchanged for a cloud's credential"),
    CML_ID_TOKEN: secret("identity token of the job, exchanged for a cloud's credential"),
    GITLAB_OIDC_TOKEN: secret("identity token of the job by GitLab's `id_tokens`, exchanged for a cloud's credential"),
    ID_TOKEN: secret("identity token of the job by GitLab's `id_tokens`, exchanged for a cloud's credential"),
    CIRCLE_OIDC_TOKEN: secret("identity token of the job; only redacted"),
    CIRCLE_OIDC_TOKEN_V2: secret("identity token of the job; only redacted"),
    AWS_ACCESS_KEY_ID: secret("key of an AWS account"),
    AWS_SECRET_ACCESS_KEY: secret("secret key of an AWS account"),
    AWS_SESSION_TOKEN: secret("session token of an AWS account"),
    AZURE_CLIENT_SECRET: secret("secret of an Azure application"),
    AZURE_STORAGE_CONNECTION_STRING: secret("connection string of Azure storage"),
    AZURE_STORAGE_KEY: secret("key of Azure storage"),
    AZURE_STORAGE_SAS_TOKEN: secret("signature for Azure storage"),
    GOOGLE_APPLICATION_CREDENTIALS_DATA: secret("credentials of a Google service account"),
    GOOGLE_OAUTH_ACCESS_TOKEN: { ...secret("access token for Google Cloud"), oldNames: ["CLOUDSDK_AUTH_ACCESS_TOKEN"] },
    AZURE_STORAGE_ACCOUNT_KEY: secret("key of Azure storage, adlfs's name"),
    AZURE_STORAGE_CLIENT_SECRET: secret("secret of an Azure application, adlfs's name"),
    ALIBABA_CLOUD_SECURITY_TOKEN: secret("session token of an Alibaba Cloud account"),
    OSS_SESSION_TOKEN: { ...secret("session token of an Alibaba Cloud account"), oldNames: ["OSS_SECURITY_TOKEN"] },
    OSS_ACCESS_KEY_ID: secret("key of an Alibaba Cloud account"),
    OSS_ACCESS_KEY_SECRET: secret("secret key of an Alibaba Cloud account"),
    ALIBABA_CLOUD_ACCESS_KEY_ID: secret("key of an Alibaba Cloud account"),
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret("secret key of an Alibaba Cloud account"),
    KUBERNETES_CONFIGURATION: secret("kubeconfig as text"),
    TB_CREDENTIALS: secret("credentials of tensorboard.dev, which was shut down; only redacted"),
    NPM_TOKEN: secret("token of a package registry; only redacted"),
    HF_TOKEN: secret("token of Hugging Face; only redacted"),
    WANDB_API_KEY: secret("key of Weights & Biases; only redacted"),

    // GitHub Actions, Gitea Actions, Forgejo Actions
    CI: flag("set by every CI"),
    GITHUB_ACTIONS: flag("set by GitHub Actions, and by Gitea and Forgejo Actions"),
    GITEA_ACTIONS: flag("set by Gitea Actions"),
    FORGEJO_ACTIONS: flag("set by Forgejo Actions"),
    GITHUB_SERVER_URL: url("web address of the forge"),
    GITHUB_API_URL: url("address of the forge's API"),
    GITHUB_GRAPHQL_URL: url("address of the forge's GraphQL API"),
    GITHUB_REPOSITORY: text("repository, `owner/name`"),
    GITHUB_EVENT_NAME: text("event that started the workflow"),
    GITHUB_EVENT_PATH: path("file that holds the event"),
    GITHUB_REF: text("full name of the ref"),
    GITHUB_REF_NAME: text("short name of the ref"),
    GITHUB_REF_TYPE: text("`branch` or `tag`"),
    GITHUB_HEAD_REF: text("source branch of the pull request"),
    GITHUB_BASE_REF: text("target branch of the pull request"),
    GITHUB_SHA: text("commit that the workflow runs for"),
    GITHUB_ACTOR: text("who started the workflow"),
    GITHUB_RUN_ID: text("number of the run"),
    GITHUB_RUN_NUMBER: text("number of the run within its workflow"),
    GITHUB_RUN_ATTEMPT: number("attempt of the run"),
    GITHUB_WORKFLOW: text("name of the workflow"),
    GITHUB_WORKFLOW_REF: text("file and ref of the workflow"),
    GITHUB_JOB: text("id of the job"),
    GITHUB_WORKSPACE: path("folder of the checkout"),
    GITHUB_STEP_SUMMARY: path("file that takes the job summary"),
    GITHUB_OUTPUT: path("file that takes the outputs of the step"),
    RUNNER_TEMP: path("temporary folder of the job"),
    RUNNER_NAME: text("name of the machine that runs the job"),
    RUNNER_OS: text("operating system of the runner"),
    RUNNER_ARCH: text("processor of the runner"),
    RUNNER_DEBUG: flag("set to 1 when debug logging is on"),

    // GitLab CI
    GITLAB_CI: flag("set by GitLab CI"),
    CI_SERVER_URL: url("web address of GitLab"),
    CI_SERVER_VERSION: text("version of GitLab"),
    CI_SERVER_TLS_CA_FILE: path("certificates of the GitLab server"),
    CI_API_V4_URL: url("address of GitLab's API"),
    CI_PROJECT_ID: text("number of the project"),
    CI_PROJECT_PATH: text("path of the project"),
    CI_PROJECT_URL: url("web address of the project"),
    CI_PROJECT_DIR: path("folder of the checkout"),
    CI_MERGE_REQUEST_IID: number("number of the merge request"),
    CI_MERGE_REQUEST_PROJECT_ID: text("project that the merge request targets"),
    CI_MERGE_REQUEST_PROJECT_PATH: text("path of the project that the merge request targets"),
    CI_MERGE_REQUEST_PROJECT_URL: url("web address of the project that the merge request targets"),
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: text("path of the project that the merge request comes from"),
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: text("source branch of the merge request"),
    CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: text("head of the source branch, in pipelines for merged results"),
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: text("target branch of the merge request"),
    CI_MERGE_REQUEST_DIFF_BASE_SHA: text("merge base of the merge request"),
    CI_OPEN_MERGE_REQUESTS: text("open merge requests of the branch, `path!iid`, comma-separated"),
    CI_COMMIT_SHA: text("commit that the pipeline runs for"),
    CI_COMMIT_BRANCH: text("branch that the pipeline runs for"),
    CI_COMMIT_REF_NAME: text("branch or tag that the pipeline runs for"),
    CI_COMMIT_TAG: text("tag that the pipeline runs for"),
    CI_COMMIT_BEFORE_SHA: text("commit before the push"),
    CI_DEFAULT_BRANCH: text("default branch of the project"),
    CI_JOB_ID: text("number of the job"),
    CI_JOB_NAME: text("name of the job"),
    CI_JOB_URL: url("web address of the job"),
    CI_PIPELINE_ID: text("number of the pipeline"),
    CI_PIPELINE_SOURCE: text("what started the pipeline"),
    CI_PIPELINE_NAME: text("name of the pipeline"),
    GITLAB_USER_LOGIN: text("who started the pipeline"),

    // Bitbucket Pipelines
    BITBUCKET_BUILD_NUMBER: text("number of the build"),
    BITBUCKET_PIPELINE_UUID: text("id of the pipeline"),
    BITBUCKET_STEP_UUID: text("id of the step"),
    BITBUCKET_GIT_HTTP_ORIGIN: url("web address of the repository"),
    BITBUCKET_REPO_FULL_NAME: text("repository, `workspace/name`"),
    BITBUCKET_REPO_UUID: text("id of the repository"),
    BITBUCKET_PR_ID: number("number of the pull request"),
    BITBUCKET_PR_DESTINATION_BRANCH: text("target branch of the pull request"),
    BITBUCKET_COMMIT: text("commit that the pipeline runs for"),
    BITBUCKET_BRANCH: text("branch that the pipeline runs for"),

    // Azure Pipelines, Jenkins, CircleCI
    TF_BUILD: flag("set by Azure Pipelines"),
    SYSTEM_COLLECTIONURI: url("address of the Azure DevOps organisation"),
    SYSTEM_TEAMPROJECT: text("name of the Azure DevOps project"),
    SYSTEM_PULLREQUEST_PULLREQUESTID: number("number of the pull request on Azure DevOps"),
    SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: number("number of the pull request on GitHub"),
    SYSTEM_PULLREQUEST_SOURCECOMMITID: text("head of the pull request"),
    SYSTEM_PULLREQUEST_SOURCEBRANCH: text("source branch of the pull request"),
    SYSTEM_PULLREQUEST_TARGETBRANCH: text("target branch of the pull request"),
    SYSTEM_PULLREQUEST_ISFORK: flag("whether the pull request comes from a fork"),
    BUILD_REPOSITORY_NAME: text("name of the repository"),
    BUILD_REPOSITORY_URI: url("web address of the repository"),
    BUILD_REPOSITORY_PROVIDER: text("forge of the repository"),
    BUILD_SOURCEVERSION: text("commit that the build runs for"),
    BUILD_SOURCEBRANCH: text("ref that the build runs for"),
    BUILD_BUILDID: text("number of the build"),
    BUILD_DEFINITIONNAME: text("name of the pipeline"),
    SYSTEM_JOBNAME: text("name of the job"),
    JENKINS_URL: url("web address of Jenkins"),
    BUILD_URL: url("web address of the build"),
    BUILD_NUMBER: text("number of the build"),
    JOB_NAME: text("name of the job"),
    GIT_URL: url("address of the repository"),
    GIT_COMMIT: text("commit that the build runs for"),
    BRANCH_NAME: text("branch that the build runs for"),
    CHANGE_ID: number("number of the pull request"),
    CHANGE_BRANCH: text("source branch of the pull request"),
    CHANGE_TARGET: text("target branch of the pull request"),
    CHANGE_FORK: text("fork that the pull request comes from"),
    CIRCLECI: flag("set by CircleCI"),
    CIRCLE_REPOSITORY_URL: url("address of the repository"),
    CIRCLE_PROJECT_USERNAME: text("owner of the repository"),
    CIRCLE_PROJECT_REPONAME: text("name of the repository"),
    CIRCLE_PULL_REQUEST: url("web address of the pull request"),
    CIRCLE_PR_NUMBER: number("number of the pull request of a fork"),
    CIRCLE_SHA1: text("commit that the build runs for"),
    CIRCLE_BRANCH: text("branch that the build runs for"),
    CIRCLE_BUILD_URL: url("web address of the build"),
    CIRCLE_BUILD_NUM: text("number of the build"),
    CIRCLE_JOB: text("name of the job"),

    // Clouds
    ACTIONS_ID_TOKEN_REQUEST_URL: url("where GitHub Actions hands out identity tokens"),
    AWS_REGION: text("region of AWS"),
    AWS_DEFAULT_REGION: text("region of AWS"),
    AWS_PROFILE: { ...text("profile of the shared AWS files"), oldNames: ["AWS_DEFAULT_PROFILE"] },
    AWS_CONFIG_FILE: path("AWS config file"),
    AWS_SHARED_CREDENTIALS_FILE: path("AWS credentials file"),
    AWS_CA_BUNDLE: path("certificates trusted for AWS"),
    AWS_ENDPOINT_URL: url("endpoint in place of AWS's own"),
    AWS_ENDPOINT_URL_S3: url("endpoint in place of S3's own"),
    AWS_ENDPOINT_URL_STS: url("endpoint in place of STS's own"),
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: flag("AWS endpoints of environment and profile do not count"),
    AWS_ROLE_ARN: text("role that an identity token is exchanged for"),
    AWS_ROLE_SESSION_NAME: text("name of the role's session"),
    AWS_WEB_IDENTITY_TOKEN_FILE: path("file with an identity token"),
    AWS_EC2_METADATA_SERVICE_ENDPOINT: url("metadata service of an EC2 instance in place of its own address"),
    GCE_METADATA_HOST: text("metadata server of Google Cloud in place of its own name"),
    CML_AZURE_METADATA_ENDPOINT: url("metadata service of an Azure machine in place of its own address"),
    CML_ALI_METADATA_ENDPOINT: url("metadata service of an Alibaba Cloud machine in place of its own address"),
    GOOGLE_APPLICATION_CREDENTIALS: path("credentials file of Google Cloud"),
    GCP_WORKLOAD_IDENTITY_PROVIDER: text("full name of the provider that exchanges the job's identity token on Google Cloud"),
    GCP_SERVICE_ACCOUNT: text("service account impersonated after the exchange"),
    CLOUDSDK_CONFIG: path("folder of the gcloud program's settings"),
    NO_GCE_CHECK: flag("Google's metadata server is not asked"),
    STORAGE_EMULATOR_HOST: url("endpoint in place of Google Cloud Storage"),
    AZURE_STORAGE_ACCOUNT: { ...text("account of Azure storage"), oldNames: ["AZURE_STORAGE_ACCOUNT_NAME"] },
    AZURE_STORAGE_ANON: flag("Azure storage is read without a credential, adlfs's name"),
    AZURE_STORAGE_CLIENT_ID: text("id of an Azure application, adlfs's name"),
    AZURE_STORAGE_TENANT_ID: text("tenant of an Azure application, adlfs's name"),
    AZURE_CLIENT_ID: text("id of an Azure application"),
    AZURE_TENANT_ID: text("tenant of an Azure application"),
    AZURE_AUTHORITY_HOST: url("sign-in server of Azure"),
    AZURE_FEDERATED_TOKEN_FILE: path("file with an identity token for Azure"),
    AZURE_CONFIG_DIR: path("folder of the Azure CLI's settings"),
    OSS_ENDPOINT: text("endpoint of Alibaba Cloud OSS"),
    OSS_REGION: text("region of Alibaba Cloud OSS"),
    ALIBABA_CLOUD_ROLE_ARN: text("role that an identity token is exchanged for"),
    ALIBABA_CLOUD_OIDC_PROVIDER_ARN: text("provider that exchanges identity tokens"),
    ALIBABA_CLOUD_OIDC_TOKEN_FILE: path("file with an identity token"),
    ALIBABA_CLOUD_ROLE_SESSION_NAME: text("name of the role's session"),

    // DVC
    DVC_GLOBAL_CONFIG_DIR: path("folder of DVC's settings of the user"),
    DVC_SYSTEM_CONFIG_DIR: path("folder of DVC's settings of the machine"),
    DVC_SITE_CACHE_DIR: path("folder of DVC's caches of the machine"),
    DVC_STUDIO_OFFLINE: flag("DVC's switch against its own service; read by nothing here"),

    // The terminal
    NO_COLOR: text("any value turns colours off"),
    TERM: child("kind of terminal"),
    COLUMNS: number("width of the terminal"),

    // What a program needs to run; handed on to the programs we start
    PATH: child("where programs are found"),
    HOME: child("home folder of the user"),
    USER: child("name of the user"),
    LOGNAME: child("name of the user"),
    SHELL: child("shell of the user"),
    LANG: child("language"),
    LC_ALL: child("language"),
    LC_CTYPE: child("character set"),
    TZ: child("time zone"),
    TMPDIR: child("temporary folder"),
    TMP: child("temporary folder on Windows"),
    TEMP: child("temporary folder on Windows"),
    SystemRoot: child("folder of Windows"),
    SystemDrive: child("drive of Windows"),
    ComSpec: child("command interpreter of Windows"),
    PATHEXT: child("endings of programs on Windows"),
    USERPROFILE: child("home folder of the user on Windows"),
    APPDATA: child("settings of the user on Windows"),
    LOCALAPPDATA: child("local settings of the user on Windows"),
    ProgramData: child("settings of the machine on Windows"),
    ProgramFiles: child("programs on Windows"),
    XDG_CONFIG_HOME: child("settings of the user"),
    XDG_CONFIG_DIRS: child("settings of the machine"),
    XDG_CACHE_HOME: child("caches of the user"),
    SSH_AUTH_SOCK: child("socket of the SSH agent"),
    GIT_SSH: child("program that Git uses for SSH"),
    GIT_SSH_COMMAND: child("command that Git uses for SSH"),
    GIT_SSL_CAINFO: child("certificates that Git trusts"),
    GIT_CONFIG_GLOBAL: child("Git's settings of the user"),
    GIT_CONFIG_SYSTEM: child("Git's settings of the machine"),
    GIT_CONFIG_NOSYSTEM: child("whether Git skips the settings of the machine"),
    GIT_TEMPLATE_DIR: child("template of a new repository"),
    GIT_CEILING_DIRECTORIES: child("where Git stops looking for a repository"),

    // Network
    HTTP_PROXY: { ...child("proxy for http addresses"), oldNames: ["http_proxy"] },
    HTTPS_PROXY: { ...child("proxy for https addresses"), oldNames: ["https_proxy"] },
    ALL_PROXY: { ...child("proxy for all addresses"), oldNames: ["all_proxy"] },
    NO_PROXY: { ...child("hosts reached without a proxy"), oldNames: ["no_proxy"] },
    http_proxy: child("proxy for http addresses"),
    https_proxy: child("proxy for https addresses"),
    all_proxy: child("proxy for all addresses"),
    no_proxy: child("hosts reached without a proxy"),
    SSL_CERT_FILE: child("certificates trusted besides the built-in ones"),
    SSL_CERT_DIR: child("folder of certificates trusted besides the built-in ones"),
    NODE_EXTRA_CA_CERTS: child("certificates trusted besides the built-in ones"),
  }) as const satisfies Readonly<Record<string, Variable>>;

type Register = ReturnType<typeof table>;
export type SecretName = { [K in keyof Register]: Register[K] extends { readonly secret: true } ? K : never }[keyof Register];
export type PlainName = Exclude<keyof Register, SecretName>;
