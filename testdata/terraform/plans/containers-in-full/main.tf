# Containers with every member that the provider decodes.
resource "aws_ecs_task_definition" "full" {
  family       = "full"
  network_mode = "bridge"
  container_definitions = jsonencode([
    {
      name                   = "full"
      image                  = "full"
      repositoryCredentials  = { credentialsParameter = "arn" }
      cpu                    = 10
      memory                 = 300
      memoryReservation      = 128
      links                  = ["other"]
      portMappings           = [{ containerPort = 80, hostPort = 0, protocol = "tcp", name = "web", appProtocol = "http", containerPortRange = null }]
      essential              = true
      restartPolicy          = { enabled = true, ignoredExitCodes = [0, 143], restartAttemptPeriod = 60 }
      entryPoint             = ["sh", "-c"]
      command                = ["true"]
      environment            = [{ name = "B", value = "2" }, { name = "A", value = "1" }]
      environmentFiles       = [{ value = "arn:aws:s3:::b/f.env", type = "s3" }]
      mountPoints            = [{ sourceVolume = "v", containerPath = "/v", readOnly = true }]
      volumesFrom            = [{ sourceContainer = "other", readOnly = false }]
      linuxParameters        = {
        capabilities       = { add = ["SYS_PTRACE"], drop = ["ALL"] }
        devices            = [{ hostPath = "/dev/fuse", containerPath = "/dev/fuse", permissions = ["read"] }]
        initProcessEnabled = true
        sharedMemorySize   = 64
        tmpfs              = [{ containerPath = "/tmp", size = 64, mountOptions = ["noexec"] }]
        maxSwap            = 1
        swappiness         = 0
      }
      secrets                = [{ name = "S", valueFrom = "arn" }, { name = "R", valueFrom = "arn2" }]
      dependsOn              = [{ containerName = "other", condition = "HEALTHY" }]
      startTimeout           = 30
      stopTimeout            = 30
      versionConsistency     = "disabled"
      hostname               = "h"
      user                   = "root:root"
      workingDirectory       = "/"
      disableNetworking      = false
      privileged             = true
      readonlyRootFilesystem = false
      dnsServers             = ["1.1.1.1"]
      dnsSearchDomains       = ["example.com"]
      extraHosts             = [{ hostname = "x", ipAddress = "127.0.0.1" }]
      dockerSecurityOptions  = ["no-new-privileges"]
      interactive            = true
      pseudoTerminal         = true
      dockerLabels           = { a = "b" }
      ulimits                = [{ name = "core", softLimit = 0, hardLimit = -1 }]
      logConfiguration       = { logDriver = "awslogs", options = { awslogs-group = "g" }, secretOptions = [{ name = "o", valueFrom = "v" }] }
      healthCheck            = { command = ["CMD", "true"], interval = 5, timeout = 2, retries = 1, startPeriod = 0 }
      systemControls         = [{ namespace = "net.core.somaxconn", value = "1024" }]
      resourceRequirements   = [{ type = "GPU", value = "1" }]
      firelensConfiguration  = { type = "fluentd", options = { "config-file-type" = "file" } }
      credentialSpecs        = ["credentialspec:arn"]
      notAMember             = "dropped"
    },
    { name = "other", image = "other", Essential = false, PRIVILEGED = false, MemoryReservation = 64 },
  ])
}
