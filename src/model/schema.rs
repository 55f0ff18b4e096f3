//! The members of a task definition by name and type, for decoding any source into the API's form.
//!
//! Names and types are those of the ECS API model (botocore 1.43); CloudFormation spells a member
//! with a capital first letter, and the few others as noted.

use crate::value::placeholders;

/// What a member holds.
#[derive(Debug)]
pub enum Type {
    String,
    Integer,
    Boolean,
    List(&'static Type),
    /// Any names, all values of one type.
    Map(&'static Type),
    Struct(&'static Struct),
}

#[derive(Debug)]
pub struct Struct {
    /// The API's name of the shape, for messages: "ContainerDefinition".
    pub name: &'static str,
    pub members: &'static [Member],
    index: Index,
}

#[derive(Debug)]
pub struct Member {
    /// The API's name, in camelCase.
    pub name: &'static str,
    snake_case: SnakeCase,
    pub value: Type,
    /// CloudFormation's name, where it is not the API's with a capital first letter.
    cloudformation: Option<&'static str>,
    /// Whether the marks of other tools count in it.
    pub takes_marks: bool,
}

impl Member {
    /// The API's name with underscores between its words, as Terraform writes most of them.
    pub fn snake_case(&self) -> &str {
        let SnakeCase { bytes, length } = &self.snake_case;
        std::str::from_utf8(&bytes[..*length]).expect("the API's names are ASCII")
    }

    /// Whether CloudFormation calls this member `name`.
    pub fn is_cloudformation(&self, name: &str) -> bool {
        if let Some(own) = self.cloudformation {
            return own == name;
        }
        match (name.as_bytes(), self.name.as_bytes()) {
            ([first, rest @ ..], [own_first, own_rest @ ..]) => {
                rest.len() == own_rest.len()
                    && *first == own_first.to_ascii_uppercase()
                    && rest == own_rest
            }
            _ => false,
        }
    }
}

/// A name in snake case, made when this is compiled.
#[derive(Clone, Copy, Debug)]
struct SnakeCase {
    bytes: [u8; 48],
    length: usize,
}

impl SnakeCase {
    const fn of(name: &str) -> SnakeCase {
        let name = name.as_bytes();
        let mut bytes = [0; 48];
        let mut length = 0;
        let mut at = 0;
        while at < name.len() {
            if name[at].is_ascii_uppercase() {
                bytes[length] = b'_';
                length += 1;
            }
            bytes[length] = name[at].to_ascii_lowercase();
            length += 1;
            at += 1;
        }
        SnakeCase { bytes, length }
    }
}

impl Struct {
    const fn new(name: &'static str, members: &'static [Member]) -> Struct {
        Struct {
            name,
            members,
            index: Index::of(members),
        }
    }

    /// The member of the API's exact name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.find(name, |member| member.name == name)
    }

    pub fn cloudformation_member(&self, name: &str) -> Option<&'static Member> {
        self.find(name, |member| member.is_cloudformation(name))
    }

    fn find(&self, name: &str, is_it: impl Fn(&Member) -> bool) -> Option<&'static Member> {
        let mut place = Index::start(name);
        while let Some(member) = self.members.get(usize::from(self.index.0[place])) {
            if is_it(member) {
                return Some(member);
            }
            place = (place + 1) % Index::SIZE;
        }
        None
    }
}

/// Finds members by either of their names without looking at each: a hash table that is made when
/// this is compiled. The letter case of a name's first letter does not count in it.
#[derive(Debug)]
struct Index([u8; Index::SIZE]);

impl Index {
    /// More than twice as many as any shape has members, so that few are passed over.
    const SIZE: usize = 128;
    const EMPTY: u8 = u8::MAX;

    const fn of(members: &[Member]) -> Index {
        assert!(members.len() * 2 < Index::SIZE, "the table has room");
        let mut places = [Index::EMPTY; Index::SIZE];
        let mut at = 0;
        while at < members.len() {
            Index::put(&mut places, members[at].name, at as u8);
            if let Some(own) = members[at].cloudformation {
                Index::put(&mut places, own, at as u8);
            }
            at += 1;
        }
        Index(places)
    }

    const fn put(places: &mut [u8; Index::SIZE], name: &str, member: u8) {
        let mut place = Index::start(name);
        while places[place] != Index::EMPTY {
            place = (place + 1) % Index::SIZE;
        }
        places[place] = member;
    }

    /// Where a name is looked for first: as far as its length and three of its letters tell.
    const fn start(name: &str) -> usize {
        let name = name.as_bytes();
        let [first, .., last] = name else {
            return 0;
        };
        let middle = name[name.len() / 2] as usize;
        let ends = (*first | 0x20) as usize * 5 + *last as usize * 3;
        (name.len() * 31 + ends + middle * 7) % Index::SIZE
    }
}

const fn string(name: &'static str) -> Member {
    member(name, Type::String)
}

const fn integer(name: &'static str) -> Member {
    member(name, Type::Integer)
}

const fn boolean(name: &'static str) -> Member {
    member(name, Type::Boolean)
}

const fn strings(name: &'static str) -> Member {
    member(name, Type::List(&Type::String))
}

const fn string_map(name: &'static str) -> Member {
    member(name, Type::Map(&Type::String))
}

const fn member(name: &'static str, value: Type) -> Member {
    Member {
        name,
        snake_case: SnakeCase::of(name),
        value,
        cloudformation: None,
        takes_marks: placeholders::count_in(name),
    }
}

const fn spelled(cloudformation: &'static str, member: Member) -> Member {
    Member {
        name: member.name,
        snake_case: member.snake_case,
        value: match member.value {
            Type::String => Type::String,
            Type::Integer => Type::Integer,
            Type::Boolean => Type::Boolean,
            Type::List(of) => Type::List(of),
            Type::Map(of) => Type::Map(of),
            Type::Struct(of) => Type::Struct(of),
        },
        cloudformation: Some(cloudformation),
        takes_marks: member.takes_marks,
    }
}

/// Declares shapes, and for each the type of one of it and of a list of it.
macro_rules! shapes {
    ($($shape:ident $name:literal [$($member:expr),* $(,)?])*) => {
        $(
            pub static $shape: Struct = Struct::new($name, &[$($member),*]);
        )*
    };
}

macro_rules! one {
    ($name:literal, $shape:ident) => {
        member($name, Type::Struct(&$shape))
    };
}

macro_rules! many {
    ($name:literal, $shape:ident) => {
        member($name, Type::List(&Type::Struct(&$shape)))
    };
}

shapes! {
    TASK_DEFINITION "TaskDefinition" [
        many!("containerDefinitions", CONTAINER_DEFINITION),
        string("cpu"),
        boolean("enableFaultInjection"),
        one!("ephemeralStorage", EPHEMERAL_STORAGE),
        string("executionRoleArn"),
        string("family"),
        many!("inferenceAccelerators", INFERENCE_ACCELERATOR),
        string("ipcMode"),
        string("memory"),
        string("networkMode"),
        string("pidMode"),
        many!("placementConstraints", PLACEMENT_CONSTRAINT),
        one!("proxyConfiguration", PROXY_CONFIGURATION),
        strings("requiresCompatibilities"),
        one!("runtimePlatform", RUNTIME_PLATFORM),
        many!("tags", TAG),
        string("taskRoleArn"),
        many!("volumes", VOLUME),
    ]
    CONTAINER_DEFINITION "ContainerDefinition" [
        strings("command"),
        integer("cpu"),
        strings("credentialSpecs"),
        many!("dependsOn", CONTAINER_DEPENDENCY),
        boolean("disableNetworking"),
        strings("dnsSearchDomains"),
        strings("dnsServers"),
        string_map("dockerLabels"),
        strings("dockerSecurityOptions"),
        strings("entryPoint"),
        many!("environment", KEY_VALUE_PAIR),
        many!("environmentFiles", ENVIRONMENT_FILE),
        boolean("essential"),
        many!("extraHosts", HOST_ENTRY),
        one!("firelensConfiguration", FIRELENS_CONFIGURATION),
        one!("healthCheck", HEALTH_CHECK),
        string("hostname"),
        string("image"),
        boolean("interactive"),
        strings("links"),
        one!("linuxParameters", LINUX_PARAMETERS),
        one!("logConfiguration", LOG_CONFIGURATION),
        integer("memory"),
        integer("memoryReservation"),
        many!("mountPoints", MOUNT_POINT),
        string("name"),
        many!("portMappings", PORT_MAPPING),
        boolean("privileged"),
        boolean("pseudoTerminal"),
        boolean("readonlyRootFilesystem"),
        one!("repositoryCredentials", REPOSITORY_CREDENTIALS),
        many!("resourceRequirements", RESOURCE_REQUIREMENT),
        one!("restartPolicy", RESTART_POLICY),
        many!("secrets", SECRET),
        integer("startTimeout"),
        integer("stopTimeout"),
        many!("systemControls", SYSTEM_CONTROL),
        many!("ulimits", ULIMIT),
        string("user"),
        string("versionConsistency"),
        many!("volumesFrom", VOLUME_FROM),
        string("workingDirectory"),
    ]
    CONTAINER_DEPENDENCY "ContainerDependency" [string("containerName"), string("condition")]
    DEVICE "Device" [string("hostPath"), string("containerPath"), strings("permissions")]
    DOCKER_VOLUME_CONFIGURATION "DockerVolumeConfiguration" [
        string("scope"),
        boolean("autoprovision"),
        string("driver"),
        string_map("driverOpts"),
        string_map("labels"),
    ]
    EFS_AUTHORIZATION_CONFIG "EFSAuthorizationConfig" [
        string("accessPointId"),
        spelled("IAM", string("iam")),
    ]
    EFS_VOLUME_CONFIGURATION "EFSVolumeConfiguration" [
        spelled("FilesystemId", string("fileSystemId")),
        string("rootDirectory"),
        string("transitEncryption"),
        integer("transitEncryptionPort"),
        one!("authorizationConfig", EFS_AUTHORIZATION_CONFIG),
    ]
    ENVIRONMENT_FILE "EnvironmentFile" [string("value"), string("type")]
    EPHEMERAL_STORAGE "EphemeralStorage" [integer("sizeInGiB")]
    FIRELENS_CONFIGURATION "FirelensConfiguration" [string("type"), string_map("options")]
    FSX_AUTHORIZATION_CONFIG "FSxWindowsFileServerAuthorizationConfig" [
        string("credentialsParameter"),
        string("domain"),
    ]
    FSX_VOLUME_CONFIGURATION "FSxWindowsFileServerVolumeConfiguration" [
        string("fileSystemId"),
        string("rootDirectory"),
        one!("authorizationConfig", FSX_AUTHORIZATION_CONFIG),
    ]
    HEALTH_CHECK "HealthCheck" [
        strings("command"),
        integer("interval"),
        integer("timeout"),
        integer("retries"),
        integer("startPeriod"),
    ]
    HOST_ENTRY "HostEntry" [string("hostname"), string("ipAddress")]
    HOST_VOLUME_PROPERTIES "HostVolumeProperties" [string("sourcePath")]
    INFERENCE_ACCELERATOR "InferenceAccelerator" [string("deviceName"), string("deviceType")]
    KERNEL_CAPABILITIES "KernelCapabilities" [strings("add"), strings("drop")]
    KEY_VALUE_PAIR "KeyValuePair" [string("name"), string("value")]
    LINUX_PARAMETERS "LinuxParameters" [
        one!("capabilities", KERNEL_CAPABILITIES),
        many!("devices", DEVICE),
        boolean("initProcessEnabled"),
        integer("sharedMemorySize"),
        many!("tmpfs", TMPFS),
        integer("maxSwap"),
        integer("swappiness"),
    ]
    LOG_CONFIGURATION "LogConfiguration" [
        string("logDriver"),
        string_map("options"),
        many!("secretOptions", SECRET),
    ]
    MOUNT_POINT "MountPoint" [
        string("sourceVolume"),
        string("containerPath"),
        boolean("readOnly"),
    ]
    PLACEMENT_CONSTRAINT "TaskDefinitionPlacementConstraint" [string("type"), string("expression")]
    PORT_MAPPING "PortMapping" [
        integer("containerPort"),
        integer("hostPort"),
        string("protocol"),
        string("name"),
        string("appProtocol"),
        string("containerPortRange"),
    ]
    PROXY_CONFIGURATION "ProxyConfiguration" [
        string("type"),
        string("containerName"),
        spelled(
            "ProxyConfigurationProperties",
            many!("properties", KEY_VALUE_PAIR)
        ),
    ]
    REPOSITORY_CREDENTIALS "RepositoryCredentials" [string("credentialsParameter")]
    RESOURCE_REQUIREMENT "ResourceRequirement" [string("value"), string("type")]
    RESTART_POLICY "ContainerRestartPolicy" [
        boolean("enabled"),
        member("ignoredExitCodes", Type::List(&Type::Integer)),
        integer("restartAttemptPeriod"),
    ]
    RUNTIME_PLATFORM "RuntimePlatform" [
        string("cpuArchitecture"),
        string("operatingSystemFamily"),
    ]
    S3_FILES_VOLUME_CONFIGURATION "S3FilesVolumeConfiguration" [
        string("fileSystemArn"),
        string("rootDirectory"),
        integer("transitEncryptionPort"),
        string("accessPointArn"),
    ]
    SECRET "Secret" [string("name"), string("valueFrom")]
    SYSTEM_CONTROL "SystemControl" [string("namespace"), string("value")]
    TAG "Tag" [string("key"), string("value")]
    TMPFS "Tmpfs" [string("containerPath"), integer("size"), strings("mountOptions")]
    ULIMIT "Ulimit" [string("name"), integer("softLimit"), integer("hardLimit")]
    VOLUME "Volume" [
        string("name"),
        one!("host", HOST_VOLUME_PROPERTIES),
        one!("dockerVolumeConfiguration", DOCKER_VOLUME_CONFIGURATION),
        spelled(
            "EFSVolumeConfiguration",
            one!("efsVolumeConfiguration", EFS_VOLUME_CONFIGURATION)
        ),
        spelled(
            "FSxWindowsFileServerVolumeConfiguration",
            one!("fsxWindowsFileServerVolumeConfiguration", FSX_VOLUME_CONFIGURATION)
        ),
        spelled(
            "S3FilesVolumeConfiguration",
            one!("s3filesVolumeConfiguration", S3_FILES_VOLUME_CONFIGURATION)
        ),
        boolean("configuredAtLaunch"),
    ]
    VOLUME_FROM "VolumeFrom" [string("sourceContainer"), boolean("readOnly")]
}
