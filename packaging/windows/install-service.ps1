#Requires -RunAsAdministrator
<#
.SYNOPSIS
Installs tenet.exe as a Windows service, or removes it.
.EXAMPLE
./install-service.ps1 -ConfigFile C:\Tenet\tenet.yaml
./install-service.ps1 -Remove
#>
param(
    [string] $Name = 'Tenet',
    [string] $Program = (Join-Path $PSScriptRoot 'tenet.exe'),
    [string] $ConfigFile,
    [switch] $Remove
)
$ErrorActionPreference = 'Stop'

if ($Remove) {
    if (Get-Service $Name -ErrorAction SilentlyContinue) {
        Stop-Service $Name
        sc.exe delete $Name | Out-Null
    }
    Write-Output "$Name is removed; its data directory is not touched."
    return
}
if (-not (Test-Path $Program)) { throw "There is no $Program. Name tenet.exe with -Program." }
if (-not $ConfigFile) { throw 'Name a configuration file (YAML or JSON, the keys are flag names) with -ConfigFile; it must set data-dir and log-outputs.' }
$config = (Resolve-Path $ConfigFile).Path
New-Service -Name $Name -BinaryPathName "`"$Program`" --config-file `"$config`"" -StartupType Automatic `
    -Description "A distributed key-value store that speaks etcd's protocols" | Out-Null
# A member that stopped itself is started again; a stop that was asked for is left alone.
sc.exe failure $Name reset= 86400 actions= restart/5000/restart/5000/restart/60000 | Out-Null
Start-Service $Name
Write-Output "$Name is installed and started with $config."
